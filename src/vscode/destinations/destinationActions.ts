// The entry of the bundle that holds what is done with destinations.
export { addDestination } from './addDestination.ts';
export { duplicateDestination, editDestination, renameDestination, setDefaultDestination } from './editDestination.ts';
export { reenterCredentials } from './reenterCredentials.ts';
export { removeDestination } from './removeDestination.ts';
export { signIn } from './signIn.ts';
export { exportDestinations, importDestinations } from './transferDestinations.ts';
