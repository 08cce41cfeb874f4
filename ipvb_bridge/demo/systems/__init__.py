"""Systems that the demo and the tests talk to: small servers on loopback, with faults that can be switched on."""
