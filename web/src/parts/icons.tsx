/** The few signs that the pages use; decoration only, words stand beside them or in a label. */
import type { ReactNode } from "react";

function Icon({ children, size = 18 }: { readonly children: ReactNode; readonly size?: number }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      style={{ flex: "none" }}
    >
      {children}
    </svg>
  );
}

export function PersonIcon() {
  return (
    <Icon size={20}>
      <circle cx="12" cy="8.500" r="3.700" />
      <path d="M4.500 20c.8-4 3.800-6 7.500-6s6.700 2 7.500 6" />
    </Icon>
  );
}

export function ChevronIcon() {
  return (
    <Icon size={14}>
      <path d="m6 9 6 6 6-6" />
    </Icon>
  );
}

export function ArrowIcon() {
  return (
    <Icon>
      <path d="M5 12h14m-6-6 6 6-6 6" />
    </Icon>
  );
}

export function DotsIcon() {
  return (
    <Icon size={20}>
      <path d="M5 12h.01M12 12h.01M19 12h.01" strokeWidth={3} />
    </Icon>
  );
}

export function SearchIcon() {
  return (
    <Icon>
      <circle cx="11" cy="11" r="6.500" />
      <path d="m16 16 4.500 4.500" />
    </Icon>
  );
}

export function PlusIcon() {
  return (
    <Icon>
      <path d="M12 5v14M5 12h14" />
    </Icon>
  );
}

export function CheckIcon() {
  return (
    <Icon size={14}>
      <path d="m5 12.500 5 5L19 7" strokeWidth={2.6} />
    </Icon>
  );
}

export function CrossIcon() {
  return (
    <Icon size={14}>
      <path d="m7 7 10 10M17 7 7 17" strokeWidth={2.6} />
    </Icon>
  );
}

export function CopyIcon() {
  return (
    <Icon size={16}>
      <rect x="9" y="9" width="11" height="11" rx="2" />
      <path d="M5 15V6a2 2 0 0 1 2-2h8" />
    </Icon>
  );
}
