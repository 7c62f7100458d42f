"""German wordings; same concepts as in English."""

FAMILIES = """
slow | {o} sehr langsam | {o} braucht ewig | schlechte Performance {o} | {o} lahmt
crash | {o} stürzt ab | {o} schließt sich von selbst | Absturz {o}
login | Anmeldung an {o} nicht möglich | {o} nimmt meine Zugangsdaten nicht | Login {o} geht nicht
error | Fehlermeldung in {o} | {o} bringt Fehler | rotes Fehlerfenster bei {o}
noaccess | keine Berechtigung für {o} | Zugriff verweigert {o} | fehlende Rechte {o}
timeout | Zeitüberschreitung {o} | {o} antwortet nicht mehr | Timeout bei {o}
lost | Einträge in {o} verschwunden | Datenverlust in {o} | {o}: meine Daten sind weg
wrong | {o} zeigt falsche Zahlen | falsche Werte in {o} | Summen in {o} stimmen nicht
notfound | {o} nicht gefunden | {o} ist nicht mehr da | Link zu {o} geht ins Leere
frozen | {o} eingefroren | {o} reagiert nicht | {o} hängt
disconnect | {o} bricht ab | Verbindung zu {o} weg | {o} ständig offline
notstart | {o} startet nicht | {o} lässt sich nicht öffnen | beim Start von {o} passiert nichts
duplicate | {o} doppelt angelegt | doppelte Einträge {o} | alles zweimal in {o}
notsend | {o} wird nicht gesendet | {o} hängt im Postausgang | {o} kommt nicht an
notsync | {o} wird nicht synchronisiert | {o} veraltet | Änderungen kommen nicht in {o} an
blank | {o} bleibt leer | weiße Seite {o} | {o} zeigt nichts an
notsave | {o} lässt sich nicht speichern | Speichern {o} schlägt fehl | Änderungen an {o} werden verworfen
expired | {o} meldet abgelaufen | Zertifikatswarnung {o} | Lizenz {o} ungültig
garbled | komische Zeichen in {o} | {o} unlesbar | Layout von {o} kaputt
refuse | {o} nimmt Eingabe nicht an | Prüfung in {o} schlägt fehl | {o} lehnt den Wert ab
"""

OBJECTS = """
report | Umsatzbericht | Monatsbericht
posting | Rechnungsbuchung | Buchung der Rechnungen
mailbox | Gruppenpostfach | Teampostfach
vpn | VPN | VPN-Client
drive | Netzlaufwerk | Laufwerk G
printer | Etagendrucker | Drucker
label | Etikettendrucker | Versandetiketten
order | Auftragserfassung | Bestellformular
portal | Kundenportal | Webportal
payroll | Gehaltslauf | Lohnabrechnung
timesheet | Zeiterfassung | Stundenbuchung
calendar | Kalender | Teamkalender
call | Videokonferenz | Onlinemeeting
laptop | Laptop | Notebook
dock | Dockingstation | Dock
app | Handy-App | Service-App
scanner | Handscanner | Barcodescanner
terminal | Lagerterminal | Terminal im Lager
export | Datenexport | Exportdatei
dashboard | Dashboard | Kennzahlentafel
search | Artikelsuche | Produktsuche
reset | Kennwortrücksetzung | Passwort-Reset-Seite
contracts | Vertragsdatenbank | Vertragsliste
purchase | Einkaufsfreigabe | Bestellanforderung
bank | Bankschnittstelle | Zahlungsdatei
ticket | Tickettool | Helpdesk-Portal
crm | CRM-Verkaufschance | Kundendatensatz
signature | digitale Unterschrift | Signaturworkflow
wifi | WLAN | Funknetz
upload | Dateiupload | Hochladen von Dokumenten
training | Lernplattform | E-Learning
room | Bildschirm im Besprechungsraum | Raumdisplay
stock | Bestandsliste | Lagerbestand
pricing | Preisliste | Preisberechnung
workflow | Urlaubsantrag | Abwesenheitsantrag
archive | Dokumentenarchiv | Archivansicht
"""

CONDITIONS = """
monthend | zum Monatsende | beim Abschluss
searching | beim Suchen | sobald ich suche
update | seit Update {v} | nach Version {v}
plant | nur in {p} | am Standort {p}
home | im Homeoffice | von zu Hause
printing | beim Drucken | nach Klick auf Drucken
newusers | bei neuen Benutzern | nur für neue Kollegen
bigfile | bei Dateien über {n} MB | ab {n} MB
parallel | wenn zwei Leute offen haben | bei paralleler Bearbeitung
pwchange | nach Kennwortänderung | seit neuem Passwort
excel | beim Excel-Export | nach Export > Excel
monitor | mit zwei Monitoren | am zweiten Bildschirm
chrome | in Chrome | nur Chrome
edge | in Edge | nur Edge
iphone | am iPhone | unter iOS
language | nach Sprachwechsel | in der anderen Sprache
sleep | nach Ruhezustand | nach dem Zuklappen
customer | bei Kunde {n}00 | nur Mandant {n}00
umlaut | mit Umlauten | mit Sonderzeichen
negative | bei negativen Beträgen | bei Gutschriften
currency | in Fremdwährung | bei USD
archived | bei archivierten Sätzen | bei alten Datensätzen
shift | beim Schichtwechsel | zwischen den Schichten
night | während des Nachtlaufs | nachts
morning | morgens beim ersten Start | jeden Morgen
cable | nur am Kabel | mit LAN-Kabel
role | nach Rollenwechsel | seit Abteilungswechsel
deputy | bei Vertretung | als Stellvertreter
template | beim Kopieren der Vorlage | mit Standardvorlage
lines | bei mehr als {n} Zeilen | ab {n} Positionen
filter | mit Filter {p} | beim Filtern nach {p}
timechange | seit der Zeitumstellung | nach Umstellung der Uhr
page2 | auf der zweiten Seite | ab Seite 2
approve | beim Genehmigen | nach Klick auf Genehmigen
logout | beim Abmelden | nach dem Abmelden
partner | bei externen Partnern | für Lieferanten
attach | mit mehreren Anhängen | bei vielen Anhängen
draft | bei Entwürfen | vor Freigabe
returns | bei Retouren | bei Rücklieferungen
lunch | gegen Mittag | zwischen 12 und 13 Uhr
"""

GREETINGS = "Hallo, | Guten Morgen, | Sehr geehrtes Team, | Servus, | "
ASKS = "Bitte um Hilfe. | Können Sie das prüfen? | Es ist dringend. | Danke für schnelle Lösung. | "
FILLERS = "Letzte Woche ging es noch. | Neustart hat nichts gebracht. | Mehrere Kollegen betroffen. | Passiert jedes Mal. | Passiert ab und zu. | Kunde wartet. | "
SIGNATURES = "Mit freundlichen Grüßen | Viele Grüße | MfG | Gruß"
FOOTER = "Diese Nachricht kann vertrauliche Informationen enthalten. Falls Sie nicht der Empfänger sind, bitte löschen."
