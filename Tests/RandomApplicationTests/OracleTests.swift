// The engine against the reference model, on random applications.
