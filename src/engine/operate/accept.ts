/** Accepts every plan, whatever it does: for demos and simulations. */
export const ACCEPT_ANY = 'any';
