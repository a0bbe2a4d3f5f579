import { processSuite } from "../contract-suites.ts";

processSuite();
