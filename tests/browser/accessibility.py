"""What a page is to somebody who does not see it as drawn: names, contrast, sizes; the browser's figures, judged."""

from typing import Any

from playwright.async_api import Page

NAMED_ROLES = {
    "alertdialog", "button", "checkbox", "combobox", "dialog", "image", "img", "link", "log", "meter", "navigation",
    "region", "searchbox", "slider", "textbox",
}  # fmt: skip
LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3, for text of usual size."""
LEAST_TARGET_PX = 24
"""WCAG 2.2, 2.5.8."""

_TEXTS = """() => {
  const painter = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const paint = (colours) => {
    painter.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      painter.fillStyle = colour;
      painter.fillRect(0, 0, 1, 1);
    }
    return [...painter.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const backgrounds = (element) => {
    const colours = [];
    for (let at = element; at !== null; at = at.parentElement) colours.unshift(getComputedStyle(at).backgroundColor);
    return ["white", ...colours];
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const isDisabled = element.closest(":disabled") !== null;
    const { width, height } = element.getBoundingClientRect();
    if (node.data.trim() === "" || isDisabled || width < 2 || height < 2 || !element.checkVisibility()) continue;
    const behind = backgrounds(element);
    const [a, b] = [luminance(paint(behind)), luminance(paint([...behind, getComputedStyle(element).color]))];
    const opacity = Number(getComputedStyle(element).opacity);
    found.push([node.data.trim(), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), opacity]);
  }
  return found;
}"""

_BACKGROUND = """() => getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number)"""


async def unnamed(page: Page) -> list[str]:
    """Roles that need a name and have none, as Chromium computes them."""
    session = await page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    await session.detach()
    return [
        f"{role} {node['nodeId']}"
        for node in nodes
        if not node["ignored"]
        and (role := node["role"]["value"]) in NAMED_ROLES
        and not node.get("name", {}).get("value", "").strip()
    ]


async def faint_texts(page: Page) -> list[str]:
    """Texts with too little contrast, each with its ratio."""
    texts: list[tuple[str, float, float]] = await page.evaluate(_TEXTS)
    assert texts
    return [f"{text[:40]!r} {ratio:.2f}" for text, ratio, opacity in texts if ratio < LEAST_CONTRAST or opacity < 1]


async def luminance(page: Page) -> float:
    """Of the page's background: 0 black, 255 white; roughly, as a mean."""
    channels: list[float] = await page.evaluate(_BACKGROUND)
    return sum(channels[:3]) / 3


async def hard_to_hit(page: Page) -> list[str]:
    """Visible controls that are too small, or that stick out of the window to a side."""
    faults: list[str] = []
    size = page.viewport_size
    assert size is not None
    for control in await page.locator("button:visible, textarea:visible, select:visible, input:visible").all():
        box = await control.bounding_box()
        if box is None:
            continue
        name = await control.evaluate("element => element.textContent || element.ariaLabel || element.id")
        if min(box["width"], box["height"]) < LEAST_TARGET_PX:
            faults.append(f"{name!r} is {box['width']:.0f} by {box['height']:.0f}")
        if box["x"] < 0 or box["x"] + box["width"] > size["width"]:
            faults.append(f"{name!r} sticks out sideways")
    return faults
