import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "../api/client.ts";

export interface Outcome<T> {
  readonly done: readonly { readonly name: string; readonly result: T }[];
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
}

/**
 * Asks the hub the same for several people, one after the other; a refusal stops none of the others. When the hub itself
 * is away, the rest is not tried.
 */
export function useOneByOne<T, Variables>(
  names: readonly string[],
  ask: (name: string, variables: Variables) => Promise<T>,
  onDone: (outcome: Outcome<T>) => void,
) {
  const [count, setCount] = useState(0);
  const run = useMutation({
    mutationFn: async (variables: Variables): Promise<Outcome<T>> => {
      const done: { name: string; result: T }[] = [];
      const failed: { name: string; error: unknown }[] = [];
      setCount(0);
      for (const name of names) {
        try {
          done.push({ name, result: await ask(name, variables) });
        } catch (error) {
          failed.push({ name, error });
          if (error instanceof ApiError && error.status === 0) break;
        }
        setCount(done.length + failed.length);
      }
      return { done, failed };
    },
    onSuccess: onDone,
  });
  return { run, count };
}
