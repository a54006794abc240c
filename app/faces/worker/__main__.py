import sys

from app.faces.worker.run import main

if __name__ == "__main__":
    main(sys.argv[1:])
