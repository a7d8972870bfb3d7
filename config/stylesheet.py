"""Static files made of npm packages when collected: the design system without its typeface, htmx."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseStorageFinder
from django.core.files.storage import FileSystemStorage, Storage

FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/")
ICON = re.compile(r"/assets/images/([\w-]+\.svg)")


def without_typeface(css: str) -> str:
    """Frutiger belongs to the NHS identity and would be fetched from outside; Arial stands in for it."""
    css = SOURCE_MAP.sub("", FONT_FACE.sub("", css))
    return ICON.sub(r"\1", css.replace("Frutiger W01,arial", 'Arial,"Liberation Sans"'))


def build(packages: Path, target: Path) -> None:
    """Write packages/nhsuk-frontend.css, the icons that it names, and packages/htmx.min.js."""
    folder = target / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    design = packages / "nhsuk-frontend/dist/nhsuk"
    css = (design / "nhsuk-frontend.min.css").read_text()
    (folder / "nhsuk-frontend.css").write_text(without_typeface(css))
    for icon in sorted(set(ICON.findall(css))):
        shutil.copyfile(design / "assets/images" / icon, folder / icon)
    shutil.copyfile(packages / "htmx.org/dist/htmx.min.js", folder / "htmx.min.js")


class PackageFinder(BaseStorageFinder):
    """Named in STATICFILES_FINDERS: `collectstatic` then needs no step before it."""

    def __init__(self) -> None:
        self.packages = settings.BASE_DIR / "node_modules"
        self.target = settings.VAR_DIR / "static-build"
        super().__init__(storage=FileSystemStorage(location=self.target))

    def find(self, path: str, find_all: bool = False, **options: Any) -> Any:
        """For a server that serves from the finders, as in the tests: nothing was collected there."""
        if path.startswith("packages/") and not self.storage.exists(path):
            build(self.packages, self.target)
        return super().find(path, find_all=find_all, **options)

    def list(self, ignore_patterns: list[str] | None) -> Iterator[tuple[str, Storage]]:  # type: ignore[override]
        build(self.packages, self.target)
        return super().list(ignore_patterns)
