// Package reference has the field names of the ECS field reference and of Elastic Endpoint that rules
// may use although no Windows event log carries them, so that they can be distinguished from misspelt
// names.
package reference

import (
	"strings"
	"sync"
)

// Prefixes are namespaces of Elastic Endpoint that no Windows event log carries. Rules that use them
// are valid, but can never match.
var Prefixes = []string{
	"process.Ext.", "process.parent.Ext.", "file.Ext.", "dll.Ext.", "registry.Ext.", "network.Ext.",
	"user.Ext.", "host.Ext.",
	"event.Ext.", "Effective_process.", "Target.", "Events.", "Memory_protection.", "Ransomware.",
	"call_stack.", "elastic.", "Endpoint.",
	"labels.",
}

// Fields returns ECS core fields, and some of Elastic Endpoint, by name, each with the name of its
// Elasticsearch type: keyword, long, float, boolean, date or ip. The map is made on first use, and
// must not be changed.
//
// Source: ECS field reference 8.17 (Apache-2.0).
var Fields = sync.OnceValue(func() map[string]string { return expand(fields) })

// Field sets are written once and reused at the places where ECS nests them.

const fields = `
agent: build.original ephemeral_id id name type version
client: @endpoint
cloud: account.id account.name availability_zone instance.id instance.name machine.type project.id project.name provider region service.name
container: id image.name image.tag image.hash.all name runtime
data_stream: dataset namespace type
destination: @endpoint
device: id manufacturer model.identifier model.name serial_number
dll: name path @hash @pe @code_signature
dns: answers.class answers.data answers.name answers.ttl:l answers.type header_flags id op_code question.class question.name question.registered_domain question.subdomain question.top_level_domain question.type resolved_ip:i response_code type
ecs: version
email: attachments.file.name attachments.file.extension from.address sender.address subject to.address
error: code id message stack_trace type
event: action agent_id_status category code created:d dataset duration:l end:d hash id ingested:d kind module original outcome provider reason reference risk_score:f risk_score_norm:f sequence:l severity:l start:d timezone type url
faas: id name
file: accessed:d attributes created:d ctime:d device directory drive_letter extension fork_name gid group inode mime_type mode mtime:d name origin_referrer_url origin_url owner path size:l target_path type uid @hash @pe @code_signature
group: domain id name
host: architecture boot.id cpu.usage:f disk.read.bytes:l disk.write.bytes:l domain hostname id ip:i mac name os.family os.full os.kernel os.name os.platform os.type os.version type uptime:l risk.static_level risk.calculated_level @geo
http: request.body.bytes:l request.body.content request.bytes:l request.id request.method request.mime_type request.referrer response.body.bytes:l response.body.content response.bytes:l response.mime_type response.status_code:l version
log: file.path level logger origin.file.name origin.function syslog.facility.name syslog.priority:l
network: application bytes:l community_id direction forwarded_ip:i iana_number name packets:l protocol transport type vlan.id vlan.name
observer: hostname ip:i mac name os.name product serial_number type vendor version
orchestrator: cluster.id cluster.name namespace resource.name type
organization: id name
package: name path type version
process: @process parent.@process entry_leader.@process session_leader.@process group_leader.@process previous.args previous.executable
process: io.text io.type tty.char_device.major:l entry_meta.type entry_meta.source.ip:i
process.parent: group_leader.entity_id group_leader.pid:l
registry: data.bytes data.strings data.type hive key path value
related: hash hosts ip:i user
rule: author category description id license name reference ruleset uuid version
server: @endpoint
service: address environment ephemeral_id id name node.name node.role state type version
source: @endpoint
span: id
threat: enrichments.indicator.type feed.name framework group.id group.name indicator.description indicator.file.hash.sha256 indicator.ip:i indicator.name indicator.type software.name tactic.id tactic.name technique.id technique.name technique.subtechnique.id technique.subtechnique.name
tls: cipher client.ja3 client.server_name client.subject established:b next_protocol resumed:b server.hash.sha256 server.ja3s server.subject version version_protocol
trace: id
transaction: id
url: domain extension fragment full original password path port:l query registered_domain scheme subdomain top_level_domain username
user: @user changes.@user effective.@user target.@user
user_agent: device.name name original os.name version
volume: bus_type default_access device_name device_type dos_name file_system_type mount_name nt_name product_id product_name removable:b serial_number size:l vendor_id vendor_name writable:b
vulnerability: category description id score.base:f severity
winlog: activity_id api channel computer_name event_id keywords logon.failure.reason logon.id logon.type opcode process.pid:l process.thread.id:l provider_guid provider_name record_id related_activity_id task time_created:d trustAttribute trustDirection trustType user.domain user.identifier user.name user.type version:l
`

// sets are the field sets that ECS reuses, named with @ above.
var sets = map[string]string{
	"@hash": "hash.md5 hash.sha1 hash.sha256 hash.sha384 hash.sha512 hash.ssdeep hash.tlsh hash.cdhash",
	"@pe": "pe.architecture pe.company pe.description pe.file_version pe.go_import_hash pe.imphash " +
		"pe.import_hash pe.original_file_name pe.pehash pe.product",
	"@code_signature": "code_signature.digest_algorithm code_signature.exists:b code_signature.flags " +
		"code_signature.signing_id code_signature.status code_signature.subject_name code_signature.team_id " +
		"code_signature.thumbprint_sha256 code_signature.timestamp:d code_signature.trusted:b code_signature.valid:b",
	"@geo": "geo.city_name geo.continent_name geo.country_iso_code geo.country_name geo.location " +
		"geo.name geo.region_name geo.timezone",
	"@user": "domain email full_name hash id name roles group.domain group.id group.name",
	"@endpoint": "address as.number:l as.organization.name bytes:l domain geo.city_name geo.continent_name " +
		"geo.country_iso_code geo.country_name geo.name geo.region_name ip:i mac nat.ip:i nat.port:l packets:l " +
		"port:l registered_domain subdomain top_level_domain user.domain user.email user.full_name user.id " +
		"user.name user.group.name",
	"@process": "args args_count:l command_line end:d entity_id env_vars executable exit_code:l interactive:b " +
		"name pgid:l pid:l start:d thread.id:l thread.name thread.capabilities.effective title uptime:l vpid:l " +
		"working_directory " +
		"supplemental_groups.name group.id group.name real_user.id real_user.name saved_user.id saved_user.name " +
		"user.id user.name real_group.id elf.architecture macho.import_hash " +
		"@hash @pe @code_signature",
}

// expand reads lines of "prefix: leaf[:type] …".
func expand(text string) map[string]string {
	types := map[string]string{"": "keyword", "l": "long", "f": "float", "b": "boolean", "d": "date", "i": "ip"}
	out := make(map[string]string)
	var add func(prefix, leaves string)
	add = func(prefix, leaves string) {
		for _, leaf := range strings.Fields(leaves) {
			if at := strings.IndexByte(leaf, '@'); at >= 0 {
				add(prefix+leaf[:at], sets[leaf[at:]])
				continue
			}
			leaf, typ, _ := strings.Cut(leaf, ":")
			if _, taken := out[prefix+leaf]; !taken {
				out[prefix+leaf] = types[typ]
			}
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		prefix, leaves, _ := strings.Cut(line, ":")
		add(prefix+".", leaves)
	}
	return out
}
