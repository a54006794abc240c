"""What a picture is, in which sizes it is kept, and its pixels."""
