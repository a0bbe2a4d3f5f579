/** What a Containerfile asks of the engine beside running its commands: base images, and files that those are shown. */
import { quoted } from "../check-container.ts";
import { fullImageName, isImageId } from "../image-names.ts";
import { type Instruction, readInstructions, wrong } from "./instructions.ts";
import { buildMount } from "./mounts.ts";
import { type Arguments, builtIn, declare, filled, PLATFORM, takeFlags } from "./words.ts";

export interface Recipe {
  /** Full names or ids of images that it begins with or copies from. */
  readonly images: readonly string[];
  /** Paths of the folder that commands see where they lie; “” for all of it. */
  readonly shown: readonly string[];
  /** The Containerfile to build by. @param ids of the images above */
  text(ids: ReadonlyMap<string, string>): string;
}

/** A part of the text, or an image in it. */
type Piece = string | { readonly image: string };

const STAGE = /^[a-z][a-z0-9_.-]*$/;
const MOST_IMAGES = 32;

/** @param args of the build, by name. @throws Refusal for what would reach beyond the folder and images */
export function readRecipe(text: string, args: Arguments): Recipe {
  const known = builtIn();
  const stages: string[] = [];
  const shown: string[] = [];
  const lines = readInstructions(text).map((each) => linePieces(each));
  const images = lines.flat().flatMap((piece) => (typeof piece === "string" ? [] : [piece.image]));
  if (new Set(images).size > MOST_IMAGES) throw wrong(1, "begins a file with too many base images");
  return {
    images: [...new Set(images)],
    shown,
    text: (ids) => lines.map((pieces) => `${pieces.map((piece) => said(piece, ids)).join("")}\n`).join(""),
  };

  function linePieces(instruction: Instruction): Piece[] {
    const { name, rest, line } = instruction;
    if (name === "FROM") return stage(instruction);
    if (name === "ONBUILD") throw wrong(line, "has ONBUILD, which images of Podman do not keep");
    if (name === "ARG" && stages.length === 0) declare(instruction, known, args);
    if (name === "RUN") return command(instruction);
    if (name === "COPY" || name === "ADD") return copy(instruction);
    return [`${name} ${rest}`];
  }

  function stage({ rest, line }: Instruction): Piece[] {
    const match = /^(?:--platform=(\S+)[ \t]+)?([^\s-]\S*)(?:[ \t]+as[ \t]+(\S+))?$/i.exec(rest);
    if (match === null) throw wrong(line, "names no base image in a form that is read here");
    const [, platform, image = "", given] = match;
    const wanted = platform === undefined ? "" : filled(platform, known, line);
    if (wanted !== "" && wanted !== PLATFORM)
      throw wrong(line, `is for ${quoted(wanted)}: images are built for ${PLATFORM} here`);
    const named = filled(image, known, line);
    const base = named === "scratch" ? named : stageOrImage(named, line);
    const label = given?.toLowerCase();
    if (label !== undefined && (!STAGE.test(label) || label === "scratch"))
      throw wrong(line, `gives a stage the name ${quoted(label)}`);
    stages.push(label ?? "");
    return ["FROM ", base, ...(label === undefined ? [] : [` AS ${label}`])];
  }

  function copy(instruction: Instruction): Piece[] {
    const { name, line } = instruction;
    const more = name === "COPY" ? ["from"] : ["checksum", "keep-git-dir"];
    const { flags, rest } = takeFlags(instruction, ["chown", "chmod", "link", ...more]);
    return [
      `${name} `,
      ...flags.flatMap((flag): Piece[] => {
        if (flag.name !== "from") return [`--${flag.name}${flag.value === "" ? "" : `=${flag.value}`} `];
        const number = /^\d{1,3}$/.test(flag.value) && Number(flag.value) < stages.length;
        return ["--from=", number ? flag.value : stageOrImage(flag.value, line), " "];
      }),
      rest,
    ];
  }

  function command(instruction: Instruction): Piece[] {
    const { flags, rest } = takeFlags(instruction, ["mount", "network"]);
    const texts = flags.map(({ name, value }) => {
      if (name === "network") {
        if (value !== "default" && value !== "none") throw wrong(instruction.line, "asks for a network of others");
        return value === "default" ? "" : "--network=none ";
      }
      const mount = buildMount(value, instruction.line);
      if (mount.shown !== undefined) shown.push(mount.shown);
      return `${mount.text} `;
    });
    return [`RUN ${texts.join("")}${rest}`];
  }

  function stageOrImage(named: string, line: number): Piece {
    const stage = named.toLowerCase();
    if (stage !== "" && stages.includes(stage)) return stage;
    const image = isImageId(named) ? named : fullImageName(named);
    // Podman takes archives and folders of the host, and storage elsewhere, for images as well.
    if (image === undefined)
      throw wrong(line, `names ${quoted(named)}, which is no image of a registry or of the engine`);
    return { image };
  }
}

function said(piece: Piece, ids: ReadonlyMap<string, string>): string {
  if (typeof piece === "string") return piece;
  const id = ids.get(piece.image);
  if (id === undefined) throw new Error(`the image ${piece.image} was not looked up`);
  return id;
}
