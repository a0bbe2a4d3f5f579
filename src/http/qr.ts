/** QR codes as SVG: for the set-up page, and as text for the API. */
import { encode } from "uqr";

/** `path` draws the dark squares in a square of `size` units, with the quiet zone around them. */
export interface QrCode {
  readonly size: number;
  readonly path: string;
}

/** Squares of light around the code that readers need (ISO/IEC 18004). */
const QUIET_ZONE = 4;

export function qrCode(text: string): QrCode {
  const { size, data } = encode(text, { ecc: "M", border: QUIET_ZONE });
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return { size, path };
}

/** A whole SVG document. */
export function qrSvg(text: string): string {
  const { size, path } = qrCode(text);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><rect width="${size}" height="${size}" fill="#fff"/><path d="${path}" fill="#000"/></svg>`;
}
