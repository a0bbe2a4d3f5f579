/// <reference lib="dom" />
/** How long the start page takes until image and version can be chosen, measured in the page itself. */

interface Timing {
  /** Chooses the card of the catalogue; milliseconds until its fields can be used, and since the page was asked for. */
  open(): Promise<{ readonly taken: number; readonly sinceStart: number }>;
  /** Chooses the first image listed; milliseconds until its versions are there. */
  choose(): Promise<number>;
}

declare global {
  interface Window {
    timing: Timing;
  }
}

/** Runs in the page: asking it from outside at each look would take longer than what is measured. */
export function timing(): void {
  const rested = async (image?: string | null): Promise<number> => {
    const since = performance.now();
    while (performance.now() - since < 10_000) {
      const field = document.querySelector<HTMLInputElement>("input[role=combobox]");
      const version = document.querySelector("select");
      const isUsable = version !== null && !version.disabled && version.value !== "";
      if (field !== null && isUsable && (image === undefined || field.value === image))
        return performance.now() - since;
      await new Promise((next) => requestAnimationFrame(next));
    }
    throw new Error("the fields cannot be used");
  };
  window.timing = {
    open: async () => {
      [...document.querySelectorAll<HTMLElement>("input[type=radio]")].at(-1)?.click();
      const taken = await rested();
      return { taken, sinceStart: performance.now() };
    },
    choose: () => {
      const first = document.querySelector<HTMLElement>("[role=option]");
      const image = first?.textContent;
      first?.click();
      return rested(image ?? null);
    },
  };
}
