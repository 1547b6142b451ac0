from exchanges.cli import main

main()
