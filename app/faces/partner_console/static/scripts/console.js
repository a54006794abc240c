// Comfort on top of pages that work without it: shortcuts, choosing rows, a menu that closes, focus on what went wrong.

const isTyping = (target) => target.matches("input, textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("a[data-row], input[data-row]")];

let waitsForRoom = false;

const move = (step) => {
  const all = rows();
  if (!all.length) return;
  const present = all.indexOf(document.activeElement);
  const next = all[Math.min(all.length - 1, Math.max(0, present < 0 ? 0 : present + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
};

// "/" search · "j" and "k" next and previous row · "g" then a room's letter
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (waitsForRoom) {
    waitsForRoom = false;
    document.querySelector(`.rooms__link[data-key="${CSS.escape(event.key)}"]`)?.click();
    return;
  }
  const search = document.querySelector("[data-search]");
  if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "g") waitsForRoom = true;
});

const menu = document.querySelector(".menu");
if (menu) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

const all = document.querySelector("[data-check-all]");
const checks = [...document.querySelectorAll("[data-check]")];
const count = document.querySelector("[data-check-count]");
if (all && checks.length) {
  const figures = new Intl.NumberFormat(document.documentElement.lang);
  let last = null;
  const show = () => {
    const chosen = checks.filter((check) => check.checked).length;
    count.hidden = chosen === 0;
    count.textContent = figures.format(chosen);
    all.checked = chosen === checks.length;
    all.indeterminate = chosen > 0 && chosen < checks.length;
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const check of checks) check.checked = all.checked;
    show();
  });
  for (const check of checks) {
    // with Shift the rows between the last two clicks are chosen as well
    check.addEventListener("click", (event) => {
      const [from, to] = [checks.indexOf(last), checks.indexOf(check)].sort((a, b) => a - b);
      if (event.shiftKey && from >= 0) for (const one of checks.slice(from, to + 1)) one.checked = check.checked;
      last = check;
      show();
    });
  }
  show();
}

document.querySelector("[data-focus]")?.focus();

// A job that goes on: its page is fetched again until it has ended, and then shown whole.
const running = document.querySelector("[data-progress]");
if (running) {
  const look = async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-progress]");
      if (answer.ok && !fresh) return location.reload();
      const shown = document.querySelector("[data-progress]");
      // only what has changed: a reader of the screen is told of the text, and the focus stays where it is
      for (const name of [".running__text", ".running__bar"]) {
        const to = fresh?.querySelector(name);
        const from = shown.querySelector(name);
        if (to && from.outerHTML !== to.outerHTML) from.replaceWith(to);
      }
    } catch {
      // away for a moment: the next look finds it
    }
    setTimeout(look, 1500);
  };
  setTimeout(look, 1000);
}
