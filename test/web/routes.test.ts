import { expect, it } from 'vitest';
import { OPERATIONS, registeredRoutes, VALID } from './requests.ts';

it('the API is walked whole: every operation is a route, and every route an operation', () => {
  const operations = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`);
  const routes = registeredRoutes().filter(([method, path]) => method !== 'ALL' && path !== '/*');
  expect(routes.map((route) => route.join(' '))).toEqual(operations);
  expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length);
  expect(Object.keys(VALID).sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
});
