"""Prepares the files of npm packages that pages ask for: the design system's stylesheet without its licensed typeface, and htmx."""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/")
ICON = re.compile(r"/assets/images/([\w-]+\.svg)")


def without_typeface(css: str) -> str:
    """Frutiger belongs to the NHS identity and would be fetched from outside; Arial stands in for it."""
    css = SOURCE_MAP.sub("", FONT_FACE.sub("", css))
    return ICON.sub(r"\1", css.replace("Frutiger W01,arial", 'Arial,"Liberation Sans"'))


def build(packages: Path, target: Path) -> None:
    """Write the stylesheet with the icons that it names, and htmx, for STATICFILES_DIRS to find."""
    design = packages / "nhsuk-frontend/dist/nhsuk"
    css = (design / "nhsuk-frontend.min.css").read_text()
    for folder in ("nhsuk", "htmx"):
        (target / folder).mkdir(parents=True, exist_ok=True)
    (target / "nhsuk/nhsuk-frontend.css").write_text(without_typeface(css))
    for icon in sorted(set(ICON.findall(css))):
        shutil.copyfile(design / "assets/images" / icon, target / "nhsuk" / icon)
    shutil.copyfile(packages / "htmx.org/dist/htmx.min.js", target / "htmx/htmx.min.js")


if __name__ == "__main__":
    build(ROOT / "node_modules", Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "var/static-build")
