"""French wordings; same concepts as in English."""

FAMILIES = """
slow | {o} très lent | lenteur {o} | {o} met un temps fou
crash | {o} plante | {o} se ferme tout seul | arrêt brutal {o}
login | connexion à {o} impossible | identifiants refusés {o} | je n'arrive pas à entrer dans {o}
error | message d'erreur {o} | {o} affiche une erreur | erreur rouge dans {o}
noaccess | accès refusé {o} | pas de droits pour {o} | autorisation manquante {o}
timeout | délai dépassé {o} | {o} ne répond plus | timeout {o}
lost | données perdues {o} | mes saisies ont disparu de {o} | enregistrements manquants {o}
wrong | chiffres faux dans {o} | valeurs incorrectes {o} | totaux faux {o}
notfound | {o} introuvable | {o} a disparu | lien mort vers {o}
frozen | {o} figé | {o} ne réagit pas | écran bloqué {o}
disconnect | {o} se déconnecte | coupure de {o} | perte de connexion {o}
notstart | {o} ne démarre pas | impossible d'ouvrir {o} | rien ne se passe au lancement de {o}
duplicate | {o} en double | doublons dans {o} | tout apparaît deux fois {o}
notsend | {o} ne part pas | {o} bloqué dans la boîte d'envoi | envoi de {o} échoué
notsync | {o} ne se synchronise pas | {o} pas à jour | problème de synchro {o}
blank | {o} reste vide | page blanche {o} | {o} n'affiche rien
notsave | impossible d'enregistrer {o} | sauvegarde de {o} échoue | modifications perdues {o}
expired | {o} indique expiré | alerte certificat {o} | licence {o} expirée
garbled | caractères bizarres dans {o} | {o} illisible | mise en page {o} cassée
refuse | {o} refuse la saisie | validation échoue {o} | valeur rejetée par {o}
"""

OBJECTS = """
report | rapport des ventes | rapport mensuel
posting | saisie des factures | comptabilisation facture
mailbox | boîte partagée | boîte du groupe
vpn | VPN | accès distant
drive | lecteur réseau | dossier partagé
printer | imprimante de l'étage | imprimante
label | imprimante d'étiquettes | étiquettes d'expédition
order | saisie de commande | bon de commande
portal | portail client | site client
payroll | paie | calcul des salaires
timesheet | feuille de temps | saisie des heures
calendar | calendrier | agenda partagé
call | visioconférence | réunion en ligne
laptop | portable | ordinateur
dock | station d'accueil | dock
app | application mobile | appli terrain
scanner | lecteur code-barres | scanner
terminal | terminal d'entrepôt | terminal du stock
export | export de données | fichier d'export
dashboard | tableau de bord | indicateurs
search | recherche produit | recherche article
reset | réinitialisation mot de passe | page mot de passe
contracts | base des contrats | liste des contrats
purchase | validation d'achat | demande d'achat
bank | interface bancaire | fichier de paiement
ticket | outil de tickets | portail support
crm | opportunité CRM | fiche client
signature | signature électronique | circuit de signature
wifi | wifi | réseau sans fil
upload | dépôt de fichiers | envoi de documents
training | plateforme de formation | e-learning
room | écran salle de réunion | affichage de salle
stock | liste de stock | état du stock
pricing | liste de prix | calcul du prix
workflow | demande de congé | circuit d'absence
archive | archives | archive documentaire
"""

CONDITIONS = """
monthend | en fin de mois | pendant la clôture
searching | pendant la recherche | dès que je cherche
update | depuis la mise à jour {v} | avec la version {v}
plant | seulement à {p} | sur le site de {p}
home | en télétravail | depuis la maison
printing | à l'impression | quand j'imprime
newusers | pour les nouveaux | nouveaux utilisateurs
bigfile | fichiers de plus de {n} Mo | au-delà de {n} Mo
parallel | à deux en même temps | en édition parallèle
pwchange | après changement de mot de passe | depuis le nouveau mot de passe
excel | à l'export Excel | en téléchargeant Excel
monitor | avec deux écrans | sur le second écran
chrome | sous Chrome | Chrome seulement
edge | sous Edge | Edge seulement
iphone | sur iPhone | sous iOS
language | après changement de langue | dans l'autre langue
sleep | après mise en veille | au réveil du poste
customer | pour le client {n}00 | seulement mandant {n}00
umlaut | avec des accents | caractères spéciaux
negative | montants négatifs | pour les avoirs
currency | en devise étrangère | montants USD
archived | dossiers archivés | anciens enregistrements
shift | au changement d'équipe | entre deux équipes
night | pendant le traitement de nuit | la nuit
morning | le matin au premier démarrage | chaque matin
cable | seulement en filaire | avec câble réseau
role | après changement de rôle | depuis ma mutation
deputy | en suppléance | pour un remplaçant
template | en copiant le modèle | avec le modèle standard
lines | plus de {n} lignes | au-delà de {n} postes
filter | avec le filtre {p} | filtre sur {p}
timechange | depuis le changement d'heure | après passage heure d'hiver
page2 | en deuxième page | à partir de la page 2
approve | à l'approbation | après clic sur approuver
logout | à la déconnexion | en quittant
partner | partenaires externes | pour les fournisseurs
attach | avec plusieurs pièces jointes | beaucoup de pièces jointes
draft | pour les brouillons | avant validation
returns | pour les retours | retours marchandises
lunch | vers midi | entre 12 et 13 h
"""

GREETINGS = "Bonjour, | Bonjour à tous, | Madame, Monsieur, | "
ASKS = "Merci de votre aide. | Pouvez-vous regarder ? | C'est urgent. | Merci d'avance. | "
FILLERS = "Cela marchait la semaine dernière. | Redémarrage sans effet. | Plusieurs collègues aussi. | À chaque fois. | De temps en temps. | "
SIGNATURES = "Cordialement | Bien à vous | Cdt"
FOOTER = "Ce message peut contenir des informations confidentielles. Si vous n'êtes pas le destinataire, merci de le supprimer."
