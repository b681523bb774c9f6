"""The page of all results, opened from the file system in a headless browser: sorted, clicked, looked at."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from published import LINES, publish

from bench import report
from bench.report.__main__ import main
from bench.scaling.tables import NAMED
from partitioners import InputError

PHONE = {"width": 390, "height": 844}
LEADERBOARD = "leaderboard-street-affinities-of-oracle-noise-0-75-2-images"
SCALING = "scaling-one-image-one-thread"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    main([str(publish(folder)), "--output", str(folder / "out")])
    return folder / "out/index.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'affinity-bench[test]'")
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("needs Chromium, as in Debian's package chromium")
    with api.sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        started = playwright.chromium.launch(executable_path=program, args=flags, timeout=300_000)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, written: Path) -> Iterator[Any]:
    """The page without network; its errors fail the test."""
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    context.set_default_timeout(120_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: problems.append(request.url) if request.url.startswith("http") else None)
    page.goto(written.as_uri())
    yield page
    context.close()
    assert problems == []


def test_the_page_needs_no_other_file(written: Path) -> None:
    text = written.read_text()
    assert not re.search(r"""(src|href)=["'](?!#|data:|\{)""", re.sub(r"xlink:href|<svg[^>]*>", "", text))
    assert "url(http" not in text and "@import" not in text
    assert {path.name for path in Path(report.__file__).parent.joinpath("templates").iterdir()} >= {"page.html"}
    for name, *_ in LINES:
        assert name in text
    assert "timeout: more than 60 s" in text


def test_nothing_to_show_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"DIR: expected folders with results, got .* without any"):
        main([str(tmp_path), "--output", str(tmp_path)])


def test_tables_and_figures_are_files_for_papers(written: Path) -> None:
    names = {str(path.relative_to(written.parent)) for path in written.parent.rglob("*.*")}
    assert names == {
        "index.html",
        *(f"tables/{name}.{end}" for name in (LEADERBOARD, SCALING) for end in ("tex", "md")),
        *(f"figures/{name}.{end}" for name in (LEADERBOARD, SCALING) for end in ("svg", "png")),
    }
    latex = (written.parent / f"tables/{LEADERBOARD}.tex").read_text()
    assert r"\begin{tabular}{rlrrrrrl}" in latex and r"\toprule" in latex
    assert r"2 & cascade-gaec & 62.5 (60.5--63.5) & 62.5 & 62.5 & 0.250 & 4.8 &  \\" in latex
    figure = (written.parent / f"figures/{LEADERBOARD}.svg").read_text()
    assert ">2 cascade-gaec</text>" in figure and "cascade-gaec,62.5,60.5,63.5,0.00475" in figure


def column(page: Any, number: int) -> list[str]:
    cells = page.locator("#leaderboard table").first.locator(f"tbody td:nth-child({number})")
    return cells.all_inner_texts()


def test_tables_are_sorted_by_a_click_and_filtered(opened: Any) -> None:
    head = opened.locator("#leaderboard table").first.locator("th", has_text="ms/img")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    times = column(opened, 7)
    assert times == ["1.2", "2.0", "4.8", "9.0", "12.0", ""]
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert column(opened, 7) == [*times[-2::-1], ""]
    opened.locator("#leaderboard table").first.locator("th button", has_text="partitioner").click()
    assert column(opened, 2)[:2] == ["cascade-gaec", "components"]


def test_a_column_begins_with_its_best_value(opened: Any) -> None:
    opened.locator("#leaderboard table").first.locator("th button", has_text="AP (95 %)").click()
    assert column(opened, 3)[0].startswith("99.0")
    opened.locator("#leaderboard table").first.locator("th button", has_text="ARE").click()
    assert opened.locator("#leaderboard th[aria-sort=ascending]").inner_text().startswith("ARE")


def test_long_names_are_short_until_they_are_opened_and_never_alike(opened: Any) -> None:
    assert column(opened, 2)[:5] == ["oracle", "cascade-gaec", "gaec(…)", "components", "gaec(…) 2"]
    opened.locator("#leaderboard summary", has_text="gaec(…) 2").first.click()
    assert column(opened, 2)[4].endswith("gaec(linkage=average, threshold=0.9)")


@pytest.mark.parametrize("width", [1280, 400])
def test_ap_is_in_sight(opened: Any, width: int) -> None:
    opened.set_viewport_size({"width": width, "height": 900})
    head = opened.locator("#leaderboard table").first.locator("th", has_text="AP (95 %)").bounding_box()
    assert head["x"] + head["width"] <= width


def test_a_figure_names_ten_curves_and_offers_the_others(opened: Any) -> None:
    texts = " ".join(opened.locator("#scaling figure text").all_text_contents())  # long names have two lines
    assert [name for name in NAMED if f" {name}: 1.00" not in texts] == []
    assert texts.count(": 1.00") == len(NAMED)
    choice = opened.locator("#scaling details.curves")
    assert choice.locator("label").all_text_contents() == ["waterz", "networkit-leiden(resolution=2,\xa0iterations=5)"]
    choice.locator("summary").click()
    choice.locator("label").first.click()
    assert opened.locator("#scaling figure .hot").get_attribute("id") == "curve-waterz"


def test_points_of_the_figure_and_lines_of_the_table_belong_together(opened: Any) -> None:
    point = opened.locator("#leaderboard figure [id='rank-2']")
    point.click()
    assert opened.locator("#leaderboard tr.hot td:nth-child(2)").all_inner_texts() == ["cascade-gaec"]
    opened.locator("#leaderboard table").first.locator("td", has_text="components").click()
    assert opened.locator("#leaderboard figure .hot").get_attribute("id") == "rank-4"


def captions(page: Any) -> list[str]:
    return page.locator(".panels p").all_inner_texts()


def ready(page: Any, chosen: str) -> None:
    page.wait_for_selector(f"#explorer[data-ready='{chosen}']")


def test_the_explorer_shows_two_partitioners_with_their_errors(opened: Any) -> None:
    ready(opened, "0,0,1")
    assert captions(opened) == [
        "first, street",
        "4 instances",
        "4 right; 0 missed",
        "1 right, 1 of the wrong class, 2 parts, 1 false, 1 not scored; 3 missed",
    ]
    opened.select_option("select[name=left]", label="components")
    ready(opened, "0,2,1")
    assert captions(opened)[2] == "1 right, 1 merged; 3 missed"
    assert opened.locator(".panels figcaption").all_inner_texts()[2:] == [
        "components (Leaderboard: street, oracle(noise=0.75))",
        "cascade-gaec (Leaderboard: street, oracle(noise=0.75))",
    ]
    opened.select_option("select[name=example]", index=1)
    ready(opened, "1,2,1")
    assert captions(opened)[0].startswith("second, ") and captions(opened)[2] == "1 right, 1 merged; 3 missed"


def test_an_image_is_offered_once_with_all_that_was_found_in_it(opened: Any) -> None:
    assert opened.locator("select[name=example] option").all_text_contents() == ["street: first", "street: second"]
    groups = "select[name=left] optgroup"
    found = {group.get_attribute("label"): group.locator("option").count() for group in opened.locator(groups).all()}
    assert found == {"Leaderboard: street, oracle(noise=0.75)": 3, "Scaling: street, oracle(noise=0.75)": 3}
    opened.select_option("select[name=right]", index=5)
    ready(opened, "0,0,5")
    assert captions(opened)[3] == "1 right, 1 merged; 3 missed"
    opened.select_option("select[name=example]", index=1)
    ready(opened, "1,0,1")


def pixel(page: Any, panel: str, x: int, y: int) -> list[int]:
    script = f"c => [...c.getContext('2d').getImageData({x}, {y}, 1, 1).data].slice(0, 3)"
    return page.locator(f"canvas[data-panel={panel}]").evaluate(script)


def hover(page: Any, panel: str, x: int, y: int) -> str:
    canvas = page.locator(f"canvas[data-panel={panel}]")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + (x + 0.5) * box["width"] / 120, box["y"] + (y + 0.5) * box["height"] / 80)
    return page.locator(".says").inner_text()


def test_an_instance_says_what_it_is_and_is_outlined_everywhere(opened: Any) -> None:
    ready(opened, "0,0,1")
    opened.select_option("select[name=left]", label="components")
    ready(opened, "0,2,1")
    assert hover(opened, "left", 15, 20) == "car, score 0.50: several true ones in one, IoU 0.50 with a true car"
    assert hover(opened, "right", 35, 20) == "person, score 0.75: right shape, wrong class, IoU 1.00 with a true car"
    assert hover(opened, "right", 115, 4) == "car, score 0.75: not scored: void or crowd"
    assert hover(opened, "truth", 85, 50) == "true person: by the left one only"
    assert pixel(opened, "left", 80, 50) == pixel(opened, "truth", 80, 50) == [255, 255, 255]
    assert hover(opened, "truth", 2, 2).strip() == ""
    assert pixel(opened, "truth", 80, 50) != [255, 255, 255]


def test_colours_say_the_error_or_the_instance(opened: Any) -> None:
    ready(opened, "0,0,1")
    blue, orange = pixel(opened, "right", 15, 20), pixel(opened, "right", 20, 55)
    assert blue[2] > blue[0] + 50 and orange[0] > orange[2] + 50
    assert "truth: missed by both" in opened.locator(".legend").inner_text()
    opened.check("input[value=instances]")
    opened.wait_for_function("document.querySelector('.legend').children.length === 0")
    assert max(pixel(opened, "right", 20, 55)) - min(pixel(opened, "right", 20, 55)) < 20


def test_a_phone_can_show_it(opened: Any, tmp_path: Path) -> None:
    opened.set_viewport_size(PHONE)
    ready(opened, "0,0,1")
    assert opened.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    boxes = [box.bounding_box() for box in opened.locator("canvas").all()]
    assert {round(box["x"]) for box in boxes} == {16} and boxes[0]["width"] > 300
    opened.screenshot(path=tmp_path / "phone.png", full_page=True)
    assert (tmp_path / "phone.png").stat().st_size > 20_000
