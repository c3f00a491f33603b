// Package exchange writes a report for other programs: as a STIX 2.1 bundle, and as a layer for the ATT&CK
// Navigator.
package exchange
