import { seaRoute } from '#subgraphs/eta/sea-route.ts';
for (const [n,a,b] of [['mine',[72.945,18.948],[79.836,6.944]],['sea-ports',[72.95,18.95],[79.85,6.92]],['off',[72.7,18.8],[79.7,6.9]]] as [string,[number,number],[number,number]][]) { const r = seaRoute(a,b); console.log(n, r?.nauticalMiles, r?.waypoints.map((p) => p.map((x)=>x.toFixed(1)).join(',')).join(' ')); }
