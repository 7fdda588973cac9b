"""An AWS account as its documents describe it, with the resources and permissions of the synthesized templates."""
