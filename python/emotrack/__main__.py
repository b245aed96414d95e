"""`python -m emotrack` is the command `emotrack`, where the folder of commands is not on the PATH."""
from ._program import main

main()
