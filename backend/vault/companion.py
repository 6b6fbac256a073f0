"""The column beside an encrypted one, by which its values are found."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    # Generic for the type checker only.
    _Binary = models.BinaryField[Any, Any]
else:
    _Binary = models.BinaryField

SUFFIX = "_index"


class BlindIndexField(_Binary):
    """The companion column of an indexed field: what an equality filter compares."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"null": True, "blank": True, "db_index": True} | kwargs)

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """Return the index of the value that is saved beside it."""
        source = model_instance._meta.get_field(self.name.removesuffix(SUFFIX))
        if source.attname in model_instance.__dict__:
            setattr(model_instance, self.attname, source.index_for(getattr(model_instance, source.attname)))
        return super().pre_save(model_instance, add)
