// Package exchange writes what other programs read of a report: a STIX 2.1 bundle, and a layer for the
// ATT&CK Navigator.
package exchange
