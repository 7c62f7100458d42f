"""English wordings; one line per concept, the ways to say it separated by bars."""

FAMILIES = """
slow | {o} very slow | {o} takes forever | bad performance {o} | {o} hangs for minutes | {o} is crawling | have to wait ages for {o}
crash | {o} crashes | {o} closes by itself | {o} dies without a message | {o} keeps shutting down | unexpected exit of {o}
login | cannot log in to {o} | sign-in to {o} refused | {o} does not accept my credentials | locked out of {o} | login {o} fails
error | error message in {o} | {o} shows an error | getting a red error window in {o} | {o} throws an exception | {o} fails with error
noaccess | no permission for {o} | access denied {o} | {o} says I am not authorised | missing rights for {o} | cannot open {o}, no access
timeout | {o} times out | timeout {o} | {o} stops answering after a while | request to {o} expires | no answer from {o}
lost | entries disappeared from {o} | data lost in {o} | {o}: my records are gone | records missing in {o} | {o} forgot what I entered
wrong | {o} shows wrong figures | wrong values in {o} | {o} is not correct | totals do not match in {o} | incorrect result {o}
notfound | {o} not found | cannot find {o} any more | {o} has vanished | link to {o} is dead | {o} missing from menu
frozen | {o} frozen | {o} does not react to clicks | screen of {o} stuck | {o} not responding | spinning wheel in {o}
disconnect | {o} disconnects | connection to {o} drops | {o} goes offline again and again | lost connection {o} | {o} keeps dropping
notstart | {o} does not start | unable to launch {o} | {o} will not open | nothing happens when starting {o} | {o} start fails
duplicate | {o} created twice | duplicates in {o} | double entries {o} | {o} shows everything two times | same item repeated in {o}
notsend | {o} is not sent | {o} stuck in outbox | nobody receives {o} | transmission of {o} failed | {o} never arrives
notsync | {o} does not sync | {o} out of date | changes not transferred to {o} | {o} not synchronised | sync problem {o}
blank | {o} stays empty | blank page {o} | {o} shows nothing | white screen in {o} | {o} loads without content
notsave | {o} cannot be saved | saving {o} fails | changes to {o} are not kept | save button dead in {o} | {o} reverts my changes
expired | {o} says expired | certificate warning {o} | {o} licence no longer valid | validity of {o} ended | {o} asks to renew
garbled | strange characters in {o} | {o} unreadable | layout of {o} broken | {o} formatting messed up | garbled output {o}
refuse | {o} rejects my input | validation fails in {o} | {o} refuses the entry | {o} will not take the value | input not accepted {o}
"""

OBJECTS = """
report | the sales report | sales report | monthly report
posting | invoice posting | posting of invoices | the invoice booking
mailbox | shared mailbox | group mailbox | the team inbox
vpn | VPN | the VPN client | remote access
drive | network drive | shared folder | G drive
printer | badge printer | printer on the floor | follow-me printing
label | label printer | shipping labels | label printing
order | order entry | the order form | sales order screen
portal | customer portal | the client website | web portal
payroll | payroll run | salary run | payslip run
timesheet | timesheet | time recording | hours booking
calendar | calendar | meeting calendar | shared calendar
call | video call | conference call | online meeting
laptop | laptop | notebook | my computer
dock | docking station | dock | the docking
app | mobile app | phone app | field service app
scanner | hand scanner | barcode scanner | the scanner
terminal | warehouse terminal | terminal in the warehouse | stock terminal
export | data export | export file | the export
dashboard | dashboard | KPI board | management cockpit
search | product search | article search | search screen
reset | password reset page | self-service reset | reset of password
contracts | contract database | contract archive | the contracts list
purchase | purchase approval | purchase requisition | buying request
bank | bank interface | payment file | transfer to the bank
ticket | ticket tool | service desk form | helpdesk portal
crm | CRM opportunity | opportunity screen | customer record
signature | e-signature | digital signing | signature workflow
wifi | wifi | wireless network | WLAN
upload | file upload | upload of documents | document upload
training | training platform | e-learning | learning portal
room | meeting room screen | room display | screen in the meeting room
stock | stock list | inventory list | stock overview
pricing | price list | price calculation | pricing screen
workflow | leave request | holiday workflow | absence request
archive | document archive | scanned documents archive | archive viewer
"""

CONDITIONS = """
monthend | at month end | during closing | on the last working day
searching | when searching | while using the search | as soon as I search
update | since update {v} | after version {v} was installed | with release {v}
plant | only in {p} | at the {p} site | for colleagues in {p}
home | from home | in home office | when working remotely
printing | when printing | on print | after pressing print
newusers | for new users | new starters only | for people who joined recently
bigfile | with files over {n} MB | when the attachment is larger than {n} MB | above {n} MB
parallel | when two people open it | if a colleague has it open too | with parallel editing
pwchange | after password change | since I changed my password | after the new password
excel | when exporting to Excel | in the Excel download | after Export > Excel
monitor | with two monitors | on the second screen | with external display
chrome | in Chrome | with Google Chrome | Chrome only
edge | in Edge | with Microsoft Edge | Edge only
iphone | on iPhone | on iOS | with the company iPhone
language | after switching language | in the other language | when the language is changed
sleep | after sleep mode | after closing the lid | when waking up
customer | for customer {n}00 | with customer number {n}00 | only client {n}00
umlaut | with special characters | when the name has accents | with umlauts
negative | with negative amounts | for credit notes | when the value is below zero
currency | in foreign currency | for USD amounts | with other currencies
archived | for archived records | with old records | for closed years
shift | at shift change | when the shift changes | between two shifts
night | during the nightly job | overnight | while the night batch runs
morning | first thing in the morning | at the first start of the day | every morning
cable | on cable only | with LAN cable | when plugged in
role | after role change | since I changed department | with the new role
deputy | for deputies | when acting for a colleague | as a substitute
template | when copying a template | from the template | with the standard template
lines | with more than {n} lines | for {n}+ positions | above {n} rows
filter | when filtering by {p} | with filter {p} | filter set to {p}
timechange | around daylight saving | since the clocks changed | after the time change
page2 | on the second page | from page 2 on | when going to the next page
approve | when approving | on approval | after the click on approve
logout | on logout | when signing off | after logging out
partner | for external partners | with external users | for suppliers
attach | with several attachments | when more than one file is attached | with many attachments
draft | for drafts | while still in draft | before release
returns | for returns | with returned goods | on return deliveries
lunch | around noon | at lunch time | between 12 and 13
"""

GREETINGS = "Hi, | Hello team, | Dear service desk, | Good morning, | Hello, | "
ASKS = "Please help. | Can you have a look? | This is urgent for us. | Thanks for a quick fix. | I need this today. | What can I do? | "
FILLERS = "It worked last week. | I restarted already, no change. | Several colleagues have the same. | I have tried it on another device. | Nothing was changed on my side. | It happens every time. | It happens from time to time. | We have a customer waiting. | I already called yesterday about something else. | "
SIGNATURES = "Kind regards | Best regards | Thanks and regards | BR | Cheers"
FOOTER = "This e-mail may contain confidential information. If you are not the intended recipient, please delete it."
