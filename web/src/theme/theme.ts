/**
 * Mantine wears the hub's own tokens (`public/pages.css`): every colour it draws with is one of them, so the pages of the
 * hub and the app cannot drift apart, and light and dark follow the system without a script.
 */
import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";
import { createElement } from "react";
import { ChevronIcon } from "../parts/icons.tsx";

const TONES: Readonly<Record<string, string>> = { accent: "accent", red: "bad" };

const variantColorResolver: VariantColorsResolver = (input) => {
  const tone = TONES[input.color ?? "accent"] ?? "accent";
  const none = "1px solid transparent";
  if (input.variant === "filled") {
    const hover = tone === "accent" ? "var(--accent-hover)" : `color-mix(in oklab, var(--${tone}) 88%, var(--ink))`;
    const color = tone === "accent" ? "var(--accent-ink)" : "light-dark(#ffffff, #2a0f0a)";
    return { background: `var(--${tone})`, hover, color, border: none };
  }
  if (input.variant === "default") {
    return {
      background: "var(--surface)",
      hover: "var(--sunken)",
      color: "var(--ink)",
      border: "1px solid color-mix(in oklab, var(--line), var(--line-strong) 30%)",
    };
  }
  if (input.variant === "subtle") {
    const color = tone === "bad" ? "var(--bad)" : "var(--ink-2)";
    const hover = tone === "bad" ? "color-mix(in oklab, var(--bad) 10%, transparent)" : "var(--sunken)";
    return { background: "transparent", hover, hoverColor: tone === "bad" ? color : "var(--ink)", color, border: none };
  }
  if (input.variant === "light") {
    const color = tone === "bad" ? "var(--bad)" : "var(--accent-text)";
    return {
      background: `var(--${tone}-soft)`,
      hover: `color-mix(in oklab, var(--${tone}) 18%, var(--surface))`,
      color,
      border: none,
    };
  }
  return defaultVariantColorsResolver(input);
};

/** The ten shades Mantine wants of each colour, by the names of our tokens. */
type Scale = readonly [string, string, string, string, string, string, string, string, string, string];

function scale(...tokens: Scale): MantineColorsTuple {
  const [a, b, c, d, e, f, g, h, i, j] = tokens.map((token) => `var(--${token})`);
  return [a, b, c, d, e, f, g, h, i, j] as unknown as MantineColorsTuple; // map forgets how many there are
}

function shades(token: string): MantineColorsTuple {
  return scale(token, token, token, token, token, token, token, token, token, token);
}

export const theme = createTheme({
  colors: {
    accent: shades("accent"),
    red: shades("bad"),
    gray: scale("sunken", "sunken", "line", "line", "line-strong", "line-strong", "ink-2", "ink-2", "ink", "ink"),
    dark: scale("ink", "ink", "ink-2", "ink-2", "line-strong", "line", "surface", "surface", "bg", "bg"),
  },
  primaryColor: "accent",
  primaryShade: 6,
  variantColorResolver,
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--mono)",
  fontSizes: { xs: "0.8125rem", sm: "0.875rem", md: "1rem", lg: "1.125rem", xl: "1.375rem" },
  headings: { fontFamily: "var(--font)", fontWeight: "650" },
  defaultRadius: "var(--radius)",
  respectReducedMotion: true,
  cursorType: "pointer",
  activeClassName: "",
  components: {
    Button: { defaultProps: { size: "md" } },
    TextInput: { defaultProps: { size: "md" } },
    PasswordInput: { defaultProps: { size: "md" } },
    Textarea: { defaultProps: { size: "md" } },
    NativeSelect: { defaultProps: { size: "md", rightSection: createElement(ChevronIcon) } },
    Checkbox: { defaultProps: { iconColor: "var(--accent-ink)" } },
    Radio: { defaultProps: { iconColor: "var(--accent-ink)" } },
    Modal: {
      defaultProps: {
        radius: "var(--radius-card)",
        padding: "xl",
        centered: true,
        // A <header> would count as the banner of the whole page.
        attributes: { header: { role: "presentation" } },
        size: 520,
        overlayProps: { backgroundOpacity: 0.45, color: "#0b120f" },
        transitionProps: { transition: "fade", duration: 120 },
      },
    },
    Menu: {
      defaultProps: {
        radius: "var(--radius)",
        shadow: "none",
        position: "bottom-end",
        transitionProps: { duration: 80 },
        // Beside its button in the document: inside a landmark, and next in the order of focus.
        withinPortal: false,
        withInitialFocusPlaceholder: false,
      },
    },
    Tooltip: { defaultProps: { openDelay: 300, events: { hover: true, focus: true, touch: true } } },
  },
});

const drawn = {
  "--mantine-color-body": "var(--surface)",
  "--mantine-color-text": "var(--ink)",
  "--mantine-color-bright": "var(--ink)",
  "--mantine-color-dimmed": "var(--ink-2)",
  "--mantine-color-placeholder": "var(--ink-2)",
  "--mantine-color-anchor": "var(--accent-text)",
  "--mantine-color-default": "var(--surface)",
  "--mantine-color-default-hover": "var(--sunken)",
  "--mantine-color-default-color": "var(--ink)",
  "--mantine-color-default-border": "var(--line-strong)",
  "--mantine-color-error": "var(--bad)",
  "--mantine-color-disabled": "var(--sunken)",
  "--mantine-color-disabled-color": "var(--ink-2)",
  "--mantine-color-disabled-border": "var(--line)",
  "--mantine-primary-color-filled": "var(--accent)",
  "--mantine-primary-color-filled-hover": "var(--accent-hover)",
  "--mantine-color-accent-filled": "var(--accent)",
  "--mantine-color-accent-filled-hover": "var(--accent-hover)",
  "--mantine-primary-color-contrast": "var(--accent-ink)",
};

export const cssVariablesResolver: CSSVariablesResolver = () => ({ variables: {}, light: drawn, dark: drawn });
