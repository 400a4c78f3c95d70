import type { Page } from 'playwright-core';

/** The texts of a column of the rows drawn; the first is 1. */
export const cells = (page: Page, table: string, column: number) =>
  page
    .locator(`#${table} tbody:not(.spacer) > tr:not(.detail) > :nth-child(${column})`)
    .allTextContents();

/** What a table says of how many rows it shows. */
export const status = (page: Page, table: string) =>
  page.locator(`#${table} [role=status]`).textContent();
