package logsource

import (
	"strconv"

	"hunt/evtx"
)

// systemValue is a value of a record's System element.
type systemValue uint8

const (
	sysNone systemValue = iota
	sysProvider
	sysProviderGUID
	sysSourceName
	sysEventID
	sysQualifiers
	sysVersion
	sysLevel
	sysTask
	sysOpcode
	sysKeywords
	sysTime
	sysRecordID
	sysActivity
	sysRelatedActivity
	sysProcess
	sysThread
	sysChannel
	sysComputer
	sysUser
	numSystem
)

// common returns which of the System properties that events often share a value is; ok is false for a value that
// differs from event to event. Properties that the class of an event decides are not among them.
func (v systemValue) common() (c evtx.Common, ok bool) {
	switch v {
	case sysNone, sysProvider, sysEventID, sysChannel:
		return 0, true
	case sysVersion:
		return evtx.CommonVersion, true
	case sysLevel:
		return evtx.CommonLevel, true
	case sysTask:
		return evtx.CommonTask, true
	case sysOpcode:
		return evtx.CommonOpcode, true
	case sysKeywords:
		return evtx.CommonKeywords, true
	case sysComputer:
		return evtx.CommonComputer, true
	case sysUser:
		return evtx.CommonUser, true
	}
	return 0, false
}

// systemFirst are the names that mean System's value even if the payload has the name, too: the EventID in a 1108
// is that of another event.
var systemFirst = map[string]systemValue{
	"EventID": sysEventID, "Version": sysVersion, "Level": sysLevel, "Task": sysTask, "Opcode": sysOpcode,
	"Keywords": sysKeywords, "EventRecordID": sysRecordID, "Provider_Name": sysProvider, "Computer": sysComputer,
}

// systemNames are the names of System's values, folded: of an element its tag, of an attribute
// Tag_Attribute.
var systemNames = map[string]systemValue{
	"providername": sysProvider, "providerguid": sysProviderGUID, "providereventsourcename": sysSourceName,
	"eventid": sysEventID, "eventidqualifiers": sysQualifiers, "version": sysVersion, "level": sysLevel,
	"task": sysTask, "opcode": sysOpcode, "keywords": sysKeywords, "timecreatedsystemtime": sysTime,
	"eventrecordid": sysRecordID, "correlationactivityid": sysActivity,
	"correlationrelatedactivityid": sysRelatedActivity, "executionprocessid": sysProcess,
	"executionthreadid": sysThread, "channel": sysChannel, "computer": sysComputer, "computername": sysComputer,
	"securityuserid": sysUser,
}

// levelNames are what Event Viewer calls the levels.
var levelNames = [...]string{"Information", "Critical", "Error", "Warning", "Information", "Verbose"}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

// appendSystem appends a value as Windows shows it; it returns false if the record has none. The second value of a
// level, its name, is left to the caller.
func appendSystem(dst []byte, r *evtx.Record, v systemValue) ([]byte, bool) {
	text := func(s string) ([]byte, bool) { return append(dst, s...), s != "" }
	number := func(n uint64) ([]byte, bool) { return strconv.AppendUint(dst, n, 10), true }
	switch v {
	case sysProvider:
		return text(r.Provider())
	case sysProviderGUID:
		return text(r.ProviderGUID())
	case sysSourceName:
		return text(r.EventSourceName())
	case sysEventID:
		return number(uint64(r.EventID()))
	case sysQualifiers:
		q, ok := r.Qualifiers()
		if !ok {
			return dst, false
		}
		return number(uint64(q))
	case sysVersion:
		return number(uint64(r.Version()))
	case sysLevel:
		return number(uint64(r.Level()))
	case sysTask:
		return number(uint64(r.Task()))
	case sysOpcode:
		return number(uint64(r.Opcode()))
	case sysKeywords:
		return strconv.AppendUint(append(dst, "0x"...), r.Keywords(), 16), true
	case sysTime:
		if t := r.TimeCreated(); t != 0 {
			return t.AppendText(dst), true
		}
		return text(r.TimeText())
	case sysRecordID:
		return number(r.EventRecordID())
	case sysActivity:
		return text(r.ActivityID())
	case sysRelatedActivity:
		return text(r.RelatedActivityID())
	case sysProcess:
		return number(uint64(r.ProcessID()))
	case sysThread:
		return number(uint64(r.ThreadID()))
	case sysChannel:
		return text(r.Channel())
	case sysComputer:
		return text(r.Computer())
	case sysUser:
		return text(r.UserID())
	}
	return dst, false
}
