"""The reference pages, made of what the code itself says."""

from kr8.domain.model import Model

# Before any other model is made: the texts under its fields become descriptions.
Model.model_config["use_attribute_docstrings"] = True
