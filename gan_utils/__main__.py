from gan_utils.cli import main

main(prog_name="python -m gan_utils")
