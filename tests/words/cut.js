// Every text of the page that a reader would not see whole: [what, where, the text].
() => {
  const found = [];
  const near = (element) => {
    const names = [];
    for (let one = element; one && one !== document.body && names.length < 4; one = one.parentElement) {
      names.unshift(one.localName + (one.classList.length ? "." + [...one.classList].join(".") : ""));
    }
    return names.join(" > ");
  };
  const note = (what, element, text) => found.push([what, near(element), text.trim().replace(/\s+/g, " ").slice(0, 120)]);
  const root = document.documentElement;
  // A box that is clipped to nothing is for ears only; one that scrolls shows all of its text to who scrolls.
  const isForEars = (element) => {
    const { overflowX, overflowY, clipPath } = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    return /hidden|clip/.test(overflowX + overflowY + (clipPath === "none" ? "" : "clip")) && (box.width <= 1 || box.height <= 1);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest("script, style, noscript, template, option, svg")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((box) => box.width && box.height);
    if (!boxes.length || !parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const around = [];
    for (let element = parent; element && element !== root; element = element.parentElement) around.push(element);
    if (around.some(isForEars)) continue;
    let scrolls = false;
    let isFixed = false;
    for (const element of around) {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      if (style.display !== "inline" && style.display !== "contents") {
        if (/auto|scroll/.test(style.overflowX)) { scrolls = true; break; }
        const isOut = boxes.some((one) => one.left < box.left - 1 || one.right > box.right + 1);
        const isBelow = boxes.some((one) => one.bottom > box.bottom + 3 || one.top < box.top - 3);
        if (/hidden|clip/.test(style.overflowX) && isOut) { note("cut", element, node.data); break; }
        if (/hidden|clip/.test(style.overflowY) && isBelow) { note("cut below", element, node.data); break; }
        if (element === parent && isOut) { note("runs out of its box", element, node.data); break; }
      }
      if (style.position === "fixed") isFixed = true;
    }
    if (boxes.length && !scrolls && !isFixed && boxes.some((one) => one.right > root.clientWidth + 1 || one.left < -1)) {
      note("off the page", parent, node.data);
    }
  }
  const pen = document.createElement("canvas").getContext("2d");
  for (const field of document.querySelectorAll("select, input[placeholder], input[type=submit]")) {
    const style = getComputedStyle(field);
    if (!field.checkVisibility({ visibilityProperty: true }) || isForEars(field)) continue;
    const words = field.localName === "select" ? field.selectedOptions[0]?.text ?? "" : field.placeholder || field.value;
    pen.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const space = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    // A hint beside the field's own label may end in an ellipsis.
    if (field.placeholder && field.labels.length && style.textOverflow === "ellipsis") continue;
    if (words && pen.measureText(words).width > space + 1) note("too long for its field", field, words);
  }
  if (root.scrollWidth > root.clientWidth + 1) note("the page scrolls sideways", root, `${root.scrollWidth} px`);
  return found;
}
