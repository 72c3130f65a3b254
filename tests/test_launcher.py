"""`./lonja` prepares a fresh checkout and hands over.

The checkout of these tests is a small one with real everything: the launcher copied as it is, a
virtual environment, pip, a project that builds itself without the network.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).resolve().parents[1] / "lonja"

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
# Makes an editable wheel and notes that it did.
BACKEND = """
import os, zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    with open("builds", "a") as file:
        file.write("built\\n")
    info = "lonja-1.dist-info/"
    files = {
        "lonja.pth": os.path.abspath("src"),
        info + "METADATA": "Metadata-Version: 2.1\\nName: lonja\\nVersion: 1\\n",
        info + "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    files[info + "RECORD"] = "".join(f"{name},,\\n" for name in [*files, info + "RECORD"])
    with zipfile.ZipFile(os.path.join(folder, "lonja-1-py3-none-any.whl"), "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return "lonja-1-py3-none-any.whl"
"""
CLI = 'import sys; print("handed over", *sys.argv[1:])'


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout where the launcher has already run once."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copy(LAUNCHER, folder / "lonja")
    (folder / "src/lonja/config").mkdir(parents=True)
    (folder / "src/lonja/config/cli.py").write_text(CLI)
    (folder / "frontend").mkdir()
    (folder / "frontend/app.js").write_text("1")
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "backend.py").write_text(BACKEND)
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (folder / lock).write_text("")
    first = launch(folder, "run")
    assert first.returncode == 0, first.stderr
    assert "Creando el entorno de Python" in first.stderr
    assert first.stdout == "handed over run\n"
    return folder


def launch(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [folder / "lonja", *words],
        env={**kept, **more},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def builds(folder: Path) -> int:
    return (folder / "builds").read_text().count("built")


def stamp(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / ".venv/lonja.json").read_text()))


def test_the_second_start_installs_nothing(checkout: Path) -> None:
    before = builds(checkout)
    again = launch(checkout, "--data", "x", "run", "--port", "9000")
    assert again.stdout == "handed over --data x run --port 9000\n"
    assert again.stderr == ""
    assert builds(checkout) == before


def test_a_changed_front_end_is_built_again(checkout: Path) -> None:
    before = builds(checkout)
    (checkout / "frontend/app.js").write_text("2")
    assert "Preparando Lonja y sus pantallas" in launch(checkout, "run").stderr
    assert builds(checkout) == before + 1


def test_developers_commands_install_the_development_lock(checkout: Path) -> None:
    (checkout / "requirements-dev.lock").write_text("# changed\n")
    assert launch(checkout, "run").stderr == ""
    assert "dependencias de desarrollo" in launch(checkout, "test").stderr
    assert launch(checkout, "test").stderr == ""


def test_a_package_without_its_hash_is_refused(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text("some-package==1.0\n")
    refused = launch(checkout, "run")
    assert refused.returncode == 1
    assert "La instalación ha fallado" in refused.stderr
    assert "handed over" not in refused.stdout
    (checkout / "requirements.lock").write_text("")
    assert launch(checkout, "run").returncode == 0


def test_an_installation_cut_short_is_made_again(checkout: Path) -> None:
    (checkout / ".venv/lonja.json").write_text(json.dumps({**stamp(checkout), "installing": True}))
    (checkout / ".venv/half-written").write_text("")
    recovered = launch(checkout, "run")
    assert recovered.stdout == "handed over run\n"
    assert not (checkout / ".venv/half-written").exists()
    assert stamp(checkout)["installing"] is False


def test_two_launchers_at_once_build_once(checkout: Path) -> None:
    before = builds(checkout)
    (checkout / "frontend/app.js").write_text("3")
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    both = [
        subprocess.Popen(
            [checkout / "lonja", "run"],
            env=kept,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(2)
    ]
    assert [process.communicate(timeout=60)[0] for process in both] == ["handed over run\n"] * 2
    assert builds(checkout) == before + 1


def test_without_any_python_it_says_what_to_install(checkout: Path) -> None:
    nowhere = launch(checkout, "run", PATH=str(checkout / "nowhere"))
    assert nowhere.returncode == 1
    assert "sudo apt install python3 python3-venv" in nowhere.stderr


def test_help_needs_nothing_installed(tmp_path: Path) -> None:
    shutil.copy(LAUNCHER, tmp_path / "lonja")
    shutil.copytree(LAUNCHER.parent / "src/lonja/config", tmp_path / "src/lonja/config")
    helped = launch(tmp_path, "--help")
    assert helped.returncode == 0
    assert "arranca Lonja" in helped.stdout
    assert not (tmp_path / ".venv").exists()
