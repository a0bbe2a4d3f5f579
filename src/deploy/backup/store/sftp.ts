/** Backups on another host, over SFTP. */
import { dirname } from "node:path/posix";
import type { SFTPWrapper } from "ssh2";
import { HubError, messageOf, randomHex } from "../../../kernel/index.ts";
import { type BackupStore, type StoredFile, UNFINISHED } from "./port.ts";
import { connectSftp, type SftpAddress, type SshOptions } from "./ssh-connect.ts";

/** Of the protocol (draft-ietf-secsh-filexfer-02, 7). */
const NO_SUCH_FILE = 2;
const REGULAR = 0o100000;
const TYPE = 0o170000;
/** One request; OpenSSH takes up to 256 KiB. */
const PIECE = 32 * 1024;
/** Requests on their way at once, so that a long way costs no time. */
const AT_ONCE = 32;

/** @throws HubError `host-unreachable`, `backup-unusable` */
export async function sftpStore(address: SftpAddress, options: SshOptions): Promise<BackupStore> {
  const connection = await connectSftp(address, options);
  const { sftp } = connection;
  const user = address.user === undefined ? "" : `${address.user}@`;
  const port = address.port === undefined ? "" : `:${address.port}`;
  const where = `sftp://${user}${address.host}${port}${address.folder}`;
  const path = (name: string) => `${address.folder}/${name}`;
  const made = new Set<string>();

  const telling = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) === NO_SUCH_FILE)
        throw new HubError("not-found", `There is no ${name} in the backup ${where}.`);
      throw new HubError(
        "backup-unusable",
        `The backup ${where} cannot be used: ${messageOf(error)}. Check that there is space, and that this account may write there.`,
        { cause: error },
      );
    }
  };
  const makeFolder = async (folder: string): Promise<void> => {
    if (made.has(folder) || folder === "/") return;
    const there = await call<unknown>((done) => sftp.stat(folder, done)).catch(missing);
    if (there === undefined) {
      await makeFolder(dirname(folder));
      await call<void>((done) => sftp.mkdir(folder, { mode: 0o700 }, done)).catch(async (error: unknown) => {
        // Another backup may have been first.
        if ((await call<unknown>((done) => sftp.stat(folder, done)).catch(missing)) === undefined) throw error;
      });
    }
    made.add(folder);
  };
  const moved = async (from: string, to: string): Promise<void> => {
    await makeFolder(dirname(to));
    try {
      await call<void>((done) => sftp.ext_openssh_rename(from, to, done));
    } catch (error) {
      if (codeOf(error) === NO_SUCH_FILE || !isUnsupported(error)) throw error;
      // Without OpenSSH's extension a rename does not replace.
      await call<void>((done) => sftp.unlink(to, done)).catch(missing);
      await call<void>((done) => sftp.rename(from, to, done));
    }
  };

  return {
    where,
    put: (name, content) =>
      telling(name, async () => {
        const part = path(`${UNFINISHED}/${randomHex(8)}`);
        await makeFolder(dirname(part));
        try {
          const handle = await call<Buffer>((done) => sftp.open(part, "wx", { mode: 0o600 }, done));
          try {
            await write(sftp, handle, content);
            await call<void>((done) => sftp.ext_openssh_fsync(handle, done)).catch((error: unknown) => {
              if (!isUnsupported(error)) throw error;
            });
          } finally {
            await call<void>((done) => sftp.close(handle, done));
          }
          await moved(part, path(name));
        } catch (error) {
          await call<void>((done) => sftp.unlink(part, done)).catch(() => undefined); // the first error tells
          throw error;
        }
      }),
    get: (name, range) =>
      telling(name, async () => {
        const handle = await call<Buffer>((done) => sftp.open(path(name), "r", done));
        try {
          const offset = range?.offset ?? 0;
          const length = range?.length ?? (await call<{ size: number }>((done) => sftp.fstat(handle, done))).size;
          return await read(sftp, handle, offset, length);
        } finally {
          await call<void>((done) => sftp.close(handle, done));
        }
      }),
    list: (folder) =>
      telling(folder, async () => {
        type Entry = { filename: string; attrs: { size: number; mtime: number; mode: number } };
        const entries = (await call<Entry[]>((done) => sftp.readdir(path(folder), done as never)).catch(missing)) ?? [];
        return entries
          .filter(({ attrs }) => (attrs.mode & TYPE) === REGULAR)
          .map(
            ({ filename, attrs }): StoredFile => ({
              ...{ name: filename, bytes: attrs.size, modified: attrs.mtime * 1000 },
            }),
          );
      }),
    remove: (name) =>
      telling(name, async () => {
        await call<void>((done) => sftp.unlink(path(name), done)).catch(missing);
      }),
    rename: (from, to) => telling(from, () => moved(path(from), path(to))),
    exists: (name) =>
      telling(
        name,
        async () => (await call<unknown>((done) => sftp.stat(path(name), done)).catch(missing)) !== undefined,
      ),
    close: () => connection.close(),
  };
}

async function write(sftp: SFTPWrapper, handle: Buffer, content: readonly Buffer[]): Promise<void> {
  const pieces: { readonly bytes: Buffer; readonly at: number }[] = [];
  let position = 0;
  for (const buffer of content) {
    for (let at = 0; at < buffer.length; at += PIECE) {
      const bytes = buffer.subarray(at, at + PIECE);
      pieces.push({ bytes, at: position });
      position += bytes.length;
    }
  }
  await atOnce(pieces, ({ bytes, at }) => call<void>((done) => sftp.write(handle, bytes, 0, bytes.length, at, done)));
}

async function read(sftp: SFTPWrapper, handle: Buffer, offset: number, length: number): Promise<Buffer> {
  const target = Buffer.allocUnsafe(length);
  const starts = Array.from({ length: Math.ceil(length / PIECE) }, (_, n) => n * PIECE);
  let end = length;
  await atOnce(starts, async (start) => {
    let at = start;
    const stop = Math.min(start + PIECE, length);
    while (at < stop) {
      const count = await call<number>((done) =>
        // Past the end of the file there is an error in some versions, no bytes in others.
        sftp.read(handle, target, at, stop - at, offset + at, (error, bytes) =>
          done(codeOf(error) === 1 ? undefined : error, bytes ?? 0),
        ),
      );
      if (count === 0) {
        end = Math.min(end, at);
        return;
      }
      at += count;
    }
  });
  return target.subarray(0, end);
}

async function atOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function call<T>(start: (done: (error: Error | null | undefined, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error === undefined || error === null)
        resolve(value as T); // calls without a value are of type void
      else reject(error);
    });
  });
}

function missing(error: unknown): undefined {
  if (codeOf(error) === NO_SUCH_FILE) return undefined;
  throw error;
}

function isUnsupported(error: unknown): boolean {
  return error instanceof Error && /does not support|unsupported/i.test(error.message);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
