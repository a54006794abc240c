// Suggestions under the search field: a combobox after the pattern of the ARIA practices. Without it one presses Enter.
for (const form of document.querySelectorAll("[data-suggest]")) {
  const field = form.querySelector("input[type=search]");
  const list = document.createElement("ul");
  let asked = 0, waiting, at = -1;
  list.id = "suggestions";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels[0].textContent);
  form.append(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]]) field.setAttribute(name, value);

  const show = (is) => {
    list.hidden = !is;
    field.setAttribute("aria-expanded", String(is));
    if (!is) { at = -1; field.removeAttribute("aria-activedescendant"); }
  };
  const mark = (to) => {
    at = to;
    [...list.children].forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", list.children[at].id);
  };
  const fill = (found) => {
    list.replaceChildren(...found.map((one, index) => {
      const item = document.createElement("li");
      item.id = `suggestion-${index}`;
      item.className = "suggestions__one";
      item.setAttribute("role", "option");
      item.dataset.address = one.address;
      item.textContent = one.text;
      if (one.note) item.append(Object.assign(document.createElement("small"), { className: "suggestions__note", textContent: one.note }));
      item.addEventListener("mousedown", (event) => { event.preventDefault(); location.assign(one.address); });
      return item;
    }));
    mark(-1);
    show(found.length > 0);
  };
  const ask = async () => {
    const text = field.value.trim(), turn = ++asked;
    if (text.length < 1) return show(false);
    try {
      const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
      if (answer.ok && turn === asked) fill(await answer.json());
    } catch { show(false); }
  };
  field.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(waiting);
    waiting = setTimeout(ask, 140);
  });
  field.addEventListener("compositionend", ask);
  field.addEventListener("blur", () => show(false));
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const count = list.children.length;
    if (event.key === "ArrowDown") { event.preventDefault(); mark(at + 1 < count ? at + 1 : -1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(at < 0 ? count - 1 : at - 1); }
    else if (event.key === "Escape") { event.preventDefault(); show(false); }
    else if (event.key === "Enter" && at >= 0) { event.preventDefault(); location.assign(list.children[at].dataset.address); }
  });
}
