"""Spanish wordings; same concepts as in English."""

FAMILIES = """
slow | {o} muy lento | {o} tarda muchísimo | lentitud {o}
crash | {o} se cierra solo | {o} se cae | cierre inesperado {o}
login | no puedo entrar en {o} | acceso rechazado {o} | fallo de inicio de sesión {o}
error | mensaje de error en {o} | {o} da error | ventana roja en {o}
noaccess | sin permiso para {o} | acceso denegado {o} | faltan derechos {o}
timeout | tiempo agotado {o} | {o} deja de responder | timeout {o}
lost | datos perdidos en {o} | han desaparecido registros de {o} | faltan entradas en {o}
wrong | cifras incorrectas en {o} | valores mal en {o} | no cuadran los totales {o}
notfound | {o} no se encuentra | {o} ha desaparecido | enlace roto a {o}
frozen | {o} congelado | {o} no reacciona | pantalla bloqueada {o}
disconnect | {o} se desconecta | se corta {o} | conexión perdida {o}
notstart | {o} no arranca | no se abre {o} | no pasa nada al iniciar {o}
duplicate | {o} duplicado | entradas dobles {o} | todo sale dos veces en {o}
notsend | {o} no se envía | {o} atascado en bandeja de salida | no llega {o}
notsync | {o} no sincroniza | {o} desactualizado | los cambios no llegan a {o}
blank | {o} en blanco | página vacía {o} | {o} no muestra nada
notsave | no se puede guardar {o} | falla al guardar {o} | {o} pierde los cambios
expired | {o} dice caducado | aviso de certificado {o} | licencia vencida {o}
garbled | caracteres raros en {o} | {o} ilegible | formato roto {o}
refuse | {o} rechaza el dato | falla la validación {o} | {o} no acepta el valor
"""

OBJECTS = """
report | informe de ventas | informe mensual
posting | registro de facturas | contabilización de facturas
mailbox | buzón compartido | buzón del grupo
vpn | VPN | acceso remoto
drive | unidad de red | carpeta compartida
printer | impresora de planta | impresora
label | impresora de etiquetas | etiquetas de envío
order | entrada de pedidos | formulario de pedido
portal | portal de clientes | web de clientes
payroll | nómina | cálculo de nóminas
timesheet | registro de horas | hoja de horas
calendar | calendario | agenda compartida
call | videollamada | reunión en línea
laptop | portátil | ordenador
dock | base de conexión | dock
app | aplicación móvil | app de campo
scanner | lector de códigos | escáner
terminal | terminal de almacén | terminal del almacén
export | exportación de datos | fichero exportado
dashboard | cuadro de mando | panel
search | búsqueda de productos | buscador
reset | cambio de contraseña | página de contraseña
contracts | base de contratos | lista de contratos
purchase | aprobación de compra | solicitud de compra
bank | interfaz bancaria | fichero de pagos
ticket | herramienta de tickets | portal de soporte
crm | oportunidad CRM | ficha de cliente
signature | firma electrónica | flujo de firma
wifi | wifi | red inalámbrica
upload | subida de ficheros | carga de documentos
training | plataforma de formación | e-learning
room | pantalla de la sala | monitor de sala
stock | lista de existencias | inventario
pricing | lista de precios | cálculo de precios
workflow | solicitud de vacaciones | flujo de ausencias
archive | archivo documental | visor de archivo
"""

CONDITIONS = """
monthend | a fin de mes | en el cierre
searching | al buscar | cuando busco
update | desde la actualización {v} | con la versión {v}
plant | solo en {p} | en la sede de {p}
home | en teletrabajo | desde casa
printing | al imprimir | tras pulsar imprimir
newusers | para usuarios nuevos | nuevas altas
bigfile | con ficheros de más de {n} MB | por encima de {n} MB
parallel | si dos lo abren a la vez | con edición simultánea
pwchange | tras cambiar la contraseña | desde la nueva contraseña
excel | al exportar a Excel | en la descarga Excel
monitor | con dos monitores | en la segunda pantalla
chrome | en Chrome | solo Chrome
edge | en Edge | solo Edge
iphone | en iPhone | en iOS
language | al cambiar de idioma | en el otro idioma
sleep | tras suspender | al despertar el equipo
customer | para el cliente {n}00 | solo cliente {n}00
umlaut | con acentos | con caracteres especiales
negative | con importes negativos | en abonos
currency | en moneda extranjera | importes en USD
archived | registros archivados | con registros antiguos
shift | en el cambio de turno | entre turnos
night | durante el proceso nocturno | por la noche
morning | a primera hora | cada mañana
cable | solo por cable | con cable de red
role | tras cambio de rol | desde el cambio de departamento
deputy | como suplente | en sustitución
template | al copiar la plantilla | con la plantilla estándar
lines | con más de {n} líneas | a partir de {n} posiciones
filter | con filtro {p} | al filtrar por {p}
timechange | desde el cambio de hora | tras el cambio horario
page2 | en la segunda página | a partir de la página 2
approve | al aprobar | tras pulsar aprobar
logout | al cerrar sesión | al salir
partner | para socios externos | con proveedores
attach | con varios adjuntos | con muchos adjuntos
draft | en borradores | antes de liberar
returns | en devoluciones | con mercancía devuelta
lunch | a mediodía | entre las 12 y las 13
"""

GREETINGS = "Hola, | Buenos días, | Estimados, | "
ASKS = "Por favor ayuda. | ¿Lo pueden revisar? | Es urgente. | Gracias de antemano. | "
FILLERS = "La semana pasada funcionaba. | Reinicié sin éxito. | Varios compañeros igual. | Pasa siempre. | Pasa a veces. | "
SIGNATURES = "Saludos | Un saludo | Atentamente"
FOOTER = (
    "Este mensaje puede contener información confidencial. Si no es el destinatario, elimínelo."
)
