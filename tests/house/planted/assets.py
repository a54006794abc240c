"""Inline styles and scripts, names that may be undefined, sides that do not mirror."""

from .plant import fault, right

PAGE = "app/faces/storefront/templates/storefront/cart/show.html"
STYLE = "app/faces/storefront/static/components/card.css"
INLINE = "templates_hold_no_inline_style_or_script"
LOGICAL = "styles_use_logical_properties"
LAYERS = "styles_stand_in_layers"
UNDEFINED = "undefined_names_raise_in_templates"

FAULTS = [
    fault(INLINE, PAGE, "<p>\n<style>p {}</style>\n", 2, "a style element"),
    fault(INLINE, PAGE, '<p\n   style="color: red">\n', 2, "a style attribute"),
    fault(INLINE, PAGE, "<script>run()</script>\n", 1, "an inline script"),
    fault(INLINE, PAGE, '<script type="module">run()</script>\n', 1, "an inline script"),
    fault(INLINE, PAGE, '<button onclick="run()">\n', 1, "an inline handler"),
    fault(INLINE, "tenants/siam/templates/home.html", '<a href="javascript:run()">\n', 1, "a script as an address"),
    fault("pictures_hold_no_script", "tenants/siam/brand/logo.svg", "<svg>\n<script>x</script></svg>", 2, "'<script'"),
    fault(UNDEFINED, "app/kit/web.py", "jinja_env.autoescape = True\n", 1, "StrictUndefined is not set", {PAGE: "<p>"}),
    fault(UNDEFINED, "app/kit/mail.py", "words = Environment(autoescape=True)\n", 1, "undefined=StrictUndefined"),
    fault(LOGICAL, STYLE, "@layer components {\n  .a { margin-left: 1rem; }\n}\n", 2, "`margin-left:`"),
    fault(LOGICAL, STYLE, ".a { position: absolute; left: 0; }\n", 1, "`left:`"),
    fault(LOGICAL, STYLE, ".a { border-top-left-radius: 4px }\n", 1, "`border-top-left-radius:`"),
    fault(LOGICAL, STYLE, ".a {\n  text-align: right;\n}\n", 2, "`text-align: right`"),
    fault(LOGICAL, STYLE, ".a { padding: 1px 2px 3px calc(4px + (1px)) }\n", 1, "right is not left"),
    fault(LAYERS, STYLE, "@layer components { .a { color: red } }\n.b { color: red }\n", 2, "`.b` stands outside"),
    fault(LAYERS, STYLE, "@media print { .a { color: red } }\n", 1, "`@media print` stands outside"),
    fault(LAYERS, STYLE, "@layer widgets { .a { color: red } }\n", 1, "`widgets` is none of our layers"),
]

RIGHTS = [
    right(
        INLINE,
        PAGE,
        """
        {# <style> is for nobody #}
        <!-- onclick="" -->
        <link rel="stylesheet" href="{{ theme }}"><script type="module" src="{{ cart }}"></script>
        <script type="application/ld+json">{{ product }}</script>
        <p class="style" data-style="soft" data-onward="1">{{ _("style = soft") }}</p>
        """,
    ),
    right(UNDEFINED, "app/kit/web.py", "jinja_env.undefined = jinja2.StrictUndefined\n", {PAGE: "<p>"}),
    right(UNDEFINED, "app/kit/mail.py", "words = Environment(undefined=StrictUndefined)\n"),
    right(
        LOGICAL,
        STYLE,
        """
        /* margin-left: never */
        .left { margin-inline-start: 1px; inset-inline: 0; text-align: start; padding: 1px 2px 3px 2px }
        .a { --edge-left: 1px; margin: 0 auto; inset: 0; grid-area: left }
        """,
    ),
    right(
        LAYERS,
        STYLE,
        """
        @layer reset, tokens, base, components, utilities, tenant;
        @font-face { font-family: x }
        @layer components { @media print { .a { color: red } } .b { & c { color: red } } }
        @layer tenant { :root { --accent: red } }
        """,
    ),
]
