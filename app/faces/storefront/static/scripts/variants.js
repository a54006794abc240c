// The price, the stock and the address follow the choice at once. Every text was made by the server.
const form = document.querySelector("[data-variants]");
const variants = form ? JSON.parse(form.dataset.variants) : [];
const radios = form ? [...form.querySelectorAll(".option__input")] : [];
const price = form?.querySelector("[data-price]");
const stock = form?.querySelector("[data-stock]");
const button = form?.querySelector("[data-add]");
const quantity = form?.querySelector("#quantity");
const sku = document.querySelector("[data-sku]");

const chosen = () => Object.fromEntries(radios.filter((one) => one.checked).map((one) => [one.name, one.value]));
const fits = (variant, values) => Object.entries(values).every(([code, value]) => variant.values[code] === value);

function show() {
  const values = chosen();
  const variant = variants.find((one) => fits(one, values));
  for (const radio of radios) {
    const wanted = { ...values, [radio.name]: radio.value };
    const can = variants.some((one) => fits(one, wanted) && one.left > 0);
    radio.closest(".option__value").classList.toggle("option__value--gone", !can);
  }
  if (variant) {
    const now = price.querySelector(".price__now");
    let before = price.querySelector(".price__before");
    now.textContent = variant.price;
    if (variant.compare && !before) {
      before = document.createElement("s");
      before.className = "price__before";
      now.after(" ", before);
    }
    if (before) { before.textContent = variant.compare; before.hidden = !variant.compare; }
    price.querySelector(".price").classList.toggle("price--reduced", Boolean(variant.compare));
    stock.textContent = variant.stock;
    if (sku) sku.textContent = variant.sku;
    quantity.max = Math.max(variant.left, 1);
    if (Number(quantity.value) > variant.left) quantity.value = Math.max(variant.left, 1);
  } else {
    stock.textContent = button.dataset.missing;
  }
  stock.classList.toggle("stock--few", Boolean(variant?.few));
  stock.classList.toggle("stock--none", !variant?.left);
  button.disabled = !variant?.left;
  button.textContent = variant ? (variant.left ? button.dataset.words : button.dataset.none) : button.dataset.missing;
  history.replaceState(null, "", `?${new URLSearchParams(values)}`);
}

if (radios.length && price?.querySelector(".price__now")) {
  form.addEventListener("change", (event) => { if (radios.includes(event.target)) show(); });
}
