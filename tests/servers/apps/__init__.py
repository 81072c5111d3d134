"""An application of each framework for the kit: `make_app(contract)`."""
