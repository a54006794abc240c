// Small behaviours that every page may have. Nothing here is needed: all of it makes one step fewer.
const root = document.documentElement;
root.classList.add("has-script");

const kept = document.cookie.match(/(?:^|; )cart_count=(\d+)/);
const badge = document.querySelector("[data-cart-count]");
if (badge && kept) {
  badge.textContent = new Intl.NumberFormat(root.lang).format(Number(kept[1]));
  badge.hidden = false;
}

for (const place of document.querySelectorAll("[data-quantity]")) {
  const field = place.querySelector("input");
  const step = (change, sign, label) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quantity__step";
    button.textContent = sign;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", () => {
      const before = field.value;
      if (change > 0) field.stepUp(); else field.stepDown();
      if (field.value !== before) field.dispatchEvent(new Event("change", { bubbles: true }));
    });
    return button;
  };
  field.before(step(-1, "−", field.dataset.less));
  field.after(step(1, "+", field.dataset.more));
}

for (const form of document.querySelectorAll("[data-submit-on-change]")) {
  let waiting;
  form.addEventListener("change", () => {
    // The filters are a sheet on narrow screens, with a button of its own: nothing is sent before that.
    if (form.matches(".filters") && getComputedStyle(form).position === "fixed") return;
    clearTimeout(waiting);
    waiting = setTimeout(() => form.reportValidity() && form.requestSubmit(), 350);
  });
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
}

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

document.querySelector("[data-take-focus]")?.focus();

const hearts = document.querySelectorAll("[data-heart]");
for (const form of hearts) {
  const button = form.querySelector("button");
  button.setAttribute("aria-pressed", "false");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const isKept = button.getAttribute("aria-pressed") === "true";
    const body = new URLSearchParams({ product: button.value });
    const way = isKept ? form.dataset.heart : form.action;
    const answer = await fetch(way, { method: "POST", body, headers: { "X-Fragment": "wish" } });
    if (answer.ok) button.setAttribute("aria-pressed", String(!isKept));
  });
}
if (hearts.length && /(?:^|; )wish_count=/.test(document.cookie)) {
  const kept = new Set(await (await fetch(hearts[0].action)).json());
  for (const form of hearts) {
    const button = form.querySelector("button");
    if (kept.has(button.value)) button.setAttribute("aria-pressed", "true");
  }
}
