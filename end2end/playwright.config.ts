// One instance, one browser, one worker: the journeys share a playground, so they go one after the other.
import { defineConfig } from "@playwright/test";

const chromium = process.env.SLIPWAY_CHROMIUM ?? "/usr/bin/chromium";

const asRoot = process.getuid?.() === 0;

const quiet = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const desktop = { viewport: { width: 1440, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, deviceScaleFactor: 2 };

export default defineConfig({
  testDir: ".",
  outputDir: "test-results",
  globalSetup: "./server.ts",
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env.CI === "true",
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: { executablePath: chromium, args: asRoot ? ["--no-sandbox", ...quiet] : quiet },
    screenshot: "only-on-failure",
    trace: process.env.SLIPWAY_TRACE ? "retain-on-failure" : "off",
    timezoneId: "UTC",
    locale: "en-GB",
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
  },
  projects: [
    { name: "first", testDir: "first", use: desktop },
    { name: "desktop", testDir: "journeys", testIgnore: /phone|without-script/, use: desktop, dependencies: ["first"] },
    { name: "phone", testDir: "journeys", testMatch: /phone/, use: phone, dependencies: ["first"] },
    {
      name: "nojs",
      testDir: "journeys",
      testMatch: /without-script/,
      use: { ...desktop, javaScriptEnabled: false },
      dependencies: ["first"],
    },
    { name: "screenshots", testDir: "screens", use: desktop, dependencies: ["first"] },
  ],
});
