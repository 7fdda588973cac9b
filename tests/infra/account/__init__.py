"""An AWS account as its documents describe it: what the synthesized templates make of it, and who may do what there."""
