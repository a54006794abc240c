from app.faces.cli.commands import serai

if __name__ == "__main__":
    serai(prog_name="serai")
