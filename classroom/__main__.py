import sys

try:
    from classroom.cli import main

    main(prog_name="python -m classroom")
except ModuleNotFoundError as error:
    if error.name.partition(".")[0] in ("gan_utils", "classroom"):
        raise
    get = 'pip install "gan-mnist-tutorial[classroom]"'
    sys.exit(f"{error.name} is not installed, and the commands need it: {get}")
