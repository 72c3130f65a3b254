from lonja.ui.views.gallery import gallery
from lonja.ui.views.lists import (
    columns,
    density,
    drop_view,
    export_file,
    export_state,
    save_view,
)
from lonja.ui.views.theme import theme

__all__ = [
    "columns",
    "density",
    "drop_view",
    "export_file",
    "export_state",
    "gallery",
    "save_view",
    "theme",
]
