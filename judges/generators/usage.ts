// What somebody writes who has the generated client of a shop: compiled strictly, then run against the shop.
import { createOrder, getOrder, type CreateOrderErrors, type GetOrderErrors } from "./client/index.js";

declare const process: { argv: string[] };

const [baseUrl, authorization] = process.argv.slice(2) as [string, string];
const headers = { authorization };

const missing = await getOrder({ baseUrl, headers, path: { number: 7 } });
const sold = await createOrder({ baseUrl, headers, body: { sku: "pen", amount: 1 } });
const invalid = await createOrder({ baseUrl, headers, body: { sku: "pen", amount: 0 } });

function described(error: GetOrderErrors[404]): [string | undefined, number | undefined] {
  return [error.code, error.number];
}

function left(error: CreateOrderErrors[409]): [string | undefined, string | undefined, number | undefined] {
  return [error.code, error.sku, error.left];
}

function places(error: CreateOrderErrors[422]): (string | undefined)[] {
  return (error.errors ?? []).map((violation) => violation.pointer);
}

console.log(
  JSON.stringify([
    missing.response?.status === 404 && described(missing.error as GetOrderErrors[404]),
    sold.response?.status === 409 && left(sold.error as CreateOrderErrors[409]),
    sold.response?.headers.get("retry-after"),
    invalid.response?.status === 422 && places(invalid.error as CreateOrderErrors[422]),
  ]),
);
