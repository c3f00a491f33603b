// Package logon tells who logged on: from all events that Windows logs of it, on the machine that was
// reached, on the domain controller that was asked, and on the machine that somebody went out from.
//
// A Book takes the events of a case in order. Each becomes a Record: account, source, type and result.
// The book then gives
//
//   - Groups: logons per account, source, type and result, with their number, times and hosts;
//   - Runs: failures that a success follows, for one account from one source, and for one source
//     that tried several accounts;
//   - Sessions: from logon to logoff, or to the next start of the system;
//   - Records: all of it in order of time.
//
// Everything is sorted outside of memory (package spill), so that a book of any size stays within its
// budget, and what it gives does not depend on it.
//
// Accounts fold by their SID, and by the names of domains that one SID was seen under (package identity). Sources
// are addresses; the name that a client gives for itself is its claim and is beside the address. One logon is often
// logged several times: by the machine (4624), by the domain controller (4768, 4769, 4776), by Remote Desktop (21,
// 1149). These are different records with different types, and are never added up.
package logon
