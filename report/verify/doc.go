// Package verify checks a report: against its evidence, record by record and with a second decoder, and
// against the same report made again.
package verify
