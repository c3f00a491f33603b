// Package audit says what must be switched on so that Windows logs an event: a category of the audit
// policy, an element of Sysmon's configuration, a group policy, or a log that is off by default.
//
// Sources: Microsoft, "Advanced security audit policy settings" and "Appendix L: Events to monitor";
// the schema of Sysmon's configuration.
package audit
