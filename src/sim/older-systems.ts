import type { SimCatalogue } from './catalogue.ts';
import { canEnforceByDeclaration, compareVersionTexts, type Model, type Release } from './table.ts';

/** The newest release before `osVersion` that Apple still signs for the model and that takes declarations. */
export function signedBefore(catalogue: SimCatalogue, model: Model, osVersion: string, at: number): Release | undefined {
  return catalogue
    .offeredTo(model, at)
    .filter((release) => compareVersionTexts(release.version, osVersion) < 0 && canEnforceByDeclaration(model.family, release.version))
    .findLast((release) => catalogue.retiresAt(release, at) > at);
}
